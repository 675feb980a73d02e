import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { falseAlarms, flaggedCount } from '../../console/src/pages/model/anomalies/alarms.ts';
import { launchBrowser, openPage, startedWithBrowser, withBrowser } from '../support/browser.ts';
import { assertSuits, kept, looks, moonsCsv } from '../support/console.ts';
import { temporaryDirectory } from '../support/postgres.ts';
import { call, postJson, type ServiceProcess, startProcess, untilTaken, waitFor } from '../support/service.ts';
import { twoMoons } from '../support/two-moons.ts';

const resources = new AsyncDisposableStack();
after(() => resources.disposeAsync());

interface Started {
  readonly browser: Browser;
  readonly service: ServiceProcess;
  readonly files: string;
  readonly dataset: string;
  /** Of two moons, and of these given their side. */
  readonly model: string;
  readonly givenSide: string;
}

async function start(): Promise<Started> {
  const { path } = resources.use(await temporaryDirectory());
  const service = resources.use(await startProcess({ DATA_DIR: join(path, 'data') }));
  const options = { method: 'POST', headers: { 'content-type': 'text/csv' }, body: moonsCsv(900) };
  const stored = await untilTaken(() => call(`${service.url}/v1/datasets?name=moons`, options));
  const dataset: string = stored.body.id;
  const ask = async (name: string, context: string[]) => {
    const training = { steps: 400 };
    const asked = { datasetId: dataset, name, flow: 'real-nvp', context, training };
    const { body } = await untilTaken(() => postJson(`${service.url}/v1/models`, asked));
    return String(body.id);
  };
  const [model, givenSide] = [await ask('moons', []), await ask('moons given side', ['side'])];
  for (const id of [model, givenSide]) await waitFor(service.url, id, ['ready'], 120);
  const browser = await launchBrowser();
  resources.defer(() => browser.close());
  return { browser, service, files: path, dataset, model, givenSide };
}
const needed = await startedWithBrowser(start);

interface Judged {
  readonly results: { readonly logProb: number; readonly pValue: number }[];
  readonly calibrationRows: number;
}

async function judged(rows: unknown[][]): Promise<Judged> {
  const { service, model } = needed();
  return (await postJson(`${service.url}/v1/models/${model}/anomalies`, { rows })).body;
}

/** A log-density as pages show it. */
const shown = (nats: number) => nats.toFixed(3).replace('-', '−');

/** Rows of two moons that no model has seen, as the lines of a CSV. */
function newLines(count: number, shift = 0): string[] {
  const values = twoMoons(count, { noise: 0.1, seed: 9 });
  return Array.from({ length: count }, (_, row) => `${values[2 * row] + shift},${values[2 * row + 1]},side ${row % 2}`);
}

async function file(name: string, lines: readonly string[]): Promise<string> {
  const path = join(needed().files, name);
  await writeFile(path, ['x,y,side', ...lines].join('\n'));
  return path;
}

test(...withBrowser('a row that is edited is scored at once, and stands in the address'), async () => {
  const { browser, service, model } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/${model}/play`);
  const logProb = page.locator('.row-log-prob').first();
  const before = await logProb.textContent();

  const x = page.getByLabel('x, row 1', { exact: true });
  await x.fill('0.5');
  await x.press('ArrowUp');
  await x.press('Shift+ArrowUp');
  const value = Number(await x.inputValue());
  assert.ok(value > 0.5);
  const cells = [value, Number(await page.getByLabel('y, row 1', { exact: true }).inputValue()), 'side 0'];
  const { results } = await judged([cells]);
  await page.getByText(shown(results[0].logProb), { exact: true }).waitFor();
  assert.notEqual(shown(results[0].logProb), before);
  assert.equal(await page.locator('.row-p').first().textContent(), String(Number(results[0].pValue.toPrecision(2))));
  // Three columns, each of which has its part.
  assert.equal(await page.locator('tbody').first().locator('.contribution-value').count(), 3);

  await page.waitForURL(/rows=/);
  await page.reload();
  await page.getByText(shown(results[0].logProb), { exact: true }).waitFor();
  assert.equal(await x.inputValue(), String(value));

  await page.getByLabel('x, row 1, slider').fill('2');
  const [far] = (await judged([[2, ...cells.slice(1)]])).results;
  await page.getByText(shown(far.logProb), { exact: true }).waitFor();
  await page.getByLabel('side, row 1', { exact: true }).selectOption('side 1');
  const [other] = (await judged([[2, cells[1], 'side 1']])).results;
  await page.getByText(shown(other.logProb), { exact: true }).waitFor();
  assert.deepEqual(faults, []);
});

test(...withBrowser('a cell that cannot be is named at its row; rows are pasted, copied and removed'), async () => {
  const { browser, service, model } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/${model}/play`);
  const y = page.getByLabel('y, row 2', { exact: true });
  await y.fill('high');
  await page.getByText('Expected a finite number, got "high".').waitFor();
  assert.equal(await y.getAttribute('aria-invalid'), 'true');
  assert.equal(await page.locator('tbody').nth(1).locator('.badge').textContent(), 'not readable');
  // Other rows are not touched.
  assert.match(String(await page.locator('.row-log-prob').first().textContent()), /\d/);

  await page.getByText('Paste rows').click();
  const text = page.getByLabel(/Rows from a spreadsheet/);
  await text.fill('y\tx\n1\t2');
  await page.getByRole('button', { name: 'Use these rows' }).click();
  await page.getByRole('alert').getByText('The table has no column "side".').waitFor();
  await text.fill('y\tside\tx\n0.25\tside 1\t-0.5\n1\tnowhere\t0');
  await page.getByRole('button', { name: 'Use these rows' }).click();
  await page.getByText('Expected one of "side 0", "side 1", got "nowhere".').waitFor();
  assert.equal(await page.getByLabel('x, row 1', { exact: true }).inputValue(), '-0.5');
  assert.equal(await page.locator('tbody').nth(1).locator('.badge').textContent(), 'impossible');

  await page.getByRole('button', { name: 'Remove row 2' }).click();
  await page.getByRole('button', { name: 'Copy row 1' }).click();
  assert.equal(await page.getByLabel('y, row 2', { exact: true }).inputValue(), '0.25');
  assert.equal(await page.getByLabel('y, row 3', { exact: true }).count(), 0);
  assert.deepEqual(faults, []);
});

test(...withBrowser('samples are those of the API, as shown and as downloaded'), async () => {
  const { browser, service, model, givenSide } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/${model}/play`);
  await page.getByLabel('Seed').fill('7');
  await page.getByLabel('Samples', { exact: true }).fill('60');
  await page.waitForURL(/n=60/);
  await page.getByText('The first 50 of 60').waitFor();
  const csv = await kept(page, () => page.getByRole('link', { name: 'Download as CSV' }).click());
  assert.equal(csv.name, 'moons-60-seed-7.csv');
  assert.equal(
    csv.content.toString(),
    await (await fetch(`${service.url}/v1/models/${model}/sample?n=60&seed=7&format=csv`)).text(),
  );

  await page.goto(`/models/${givenSide}/play?seed=3&n=20`);
  await page.getByLabel('Given side', { exact: true }).selectOption('side 1');
  await page.waitForURL(/given=/);
  const json = await kept(page, () => page.getByRole('button', { name: 'Download as JSON' }).click());
  const { body } = await postJson(`${service.url}/v1/models/${givenSide}/sample`, {
    n: 20,
    seed: 3,
    context: { side: 'side 1' },
  });
  assert.deepEqual(JSON.parse(json.content.toString()), body);
  await page.getByRole('region', { name: 'The first 20 samples' }).getByRole('row').nth(20).waitFor();
  assert.deepEqual(faults, []);
});

test(...withBrowser('planted outliers come first, and the line moves without another request'), async () => {
  const { browser, service, model } = needed();
  const lines = [...newLines(400), '5,5,side 0', '-4,3,side 1', '9,-9,side 0', '0,high,side 0'];
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/${model}/anomalies`);
  await page.getByText('No table yet').waitFor();
  await page.locator('input[type=file]').setInputFiles(await file('mixed.csv', lines));
  await page.locator('.ranked-cell .contribution-value').first().waitFor();
  const ranking = page.getByRole('region', { name: /the most unusual first/ });
  const numbers = await ranking.locator('tbody tr td:first-child').allTextContents();
  assert.deepEqual(numbers.slice(0, 3).toSorted(), ['401', '402', '403']);
  await page.getByText('1 row cannot be read').waitFor();

  const rows = lines.slice(0, 403).map((line) => {
    const [x, y, side] = line.split(',');
    return [Number(x), Number(y), side];
  });
  const { results, calibrationRows } = await judged(rows);
  const scores = {
    pValues: Float64Array.from(results, ({ pValue }) => pValue),
    logProbs: Float64Array.from(results, ({ logProb }) => logProb),
  };
  const figure = (name: string) =>
    page.locator('.figures > div').filter({ hasText: name }).first().locator('.figure-value');
  const assertFigures = async (alpha: number) => {
    const flagged = flaggedCount(scores, alpha);
    const { expected } = falseAlarms(alpha, 403, calibrationRows);
    assert.equal(await figure('Flagged').textContent(), String(flagged));
    const said = Number(await figure('Expected false alarms').textContent());
    assert.ok(Math.abs(said - expected) <= 0.5, `${said}, expected ${expected}`);
    return flagged;
  };
  const few = await assertFigures(0.01);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  await page.getByLabel('An anomaly if p-value ≤').fill('-1');
  await page.waitForURL(/alpha=0.1/);
  const many = await assertFigures(0.1);
  assert.ok(few >= 3 && many > few, `${few}, ${many}`);
  assert.deepEqual(
    requests.filter((path) => path.startsWith('/v1/')),
    [],
  );

  const csv = await kept(page, () => page.getByRole('button', { name: `Download ${many} flagged rows` }).click());
  assert.equal(csv.name, 'mixed-anomalies.csv');
  const [header, ...kinds] = csv.content.toString().trimEnd().split('\n');
  assert.equal(header, 'row,pValue,logProb,x,y,side');
  assert.equal(kinds.length, many);

  await page.getByLabel('Draw it by').selectOption({ label: 'the share of false alarms (fdr)' });
  await page.waitForURL(/fdr=0.1/);
  await page.getByRole('button', { name: 'Less unusual' }).click();
  await page.waitForURL(/page=2/);
  await page.getByText('Page 2 of 17').waitFor();
  assert.deepEqual(faults, []);
});

test(...withBrowser('a table that lacks a column is refused by its name'), async () => {
  const { browser, service, model, files } = needed();
  const path = join(files, 'lacking.csv');
  await writeFile(path, 'x,side\n1,side 0\n');
  const { page } = await openPage(browser, service.url);
  for (const [section, title] of [
    ['anomalies', 'The table could not be scored'],
    ['drift', 'The comparison could not be read'],
  ]) {
    await page.goto(`/models/${model}/${section}`);
    await page.locator('input[type=file]').setInputFiles(path);
    const alert = page.getByRole('alert');
    await alert.getByText(title).waitFor();
    await alert.getByText('The table has no column "y".').waitFor();
  }
});

test(...withBrowser('drift of a shifted column is found, and none in the same rows'), async () => {
  const { browser, service, model, dataset } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/${model}/drift`);
  await page.getByText('No table yet').waitFor();
  await page.locator('input[type=file]').setInputFiles(await file('shifted.csv', newLines(400, 0.5)));
  await page.getByText('These rows have drifted').waitFor();
  // What differs most comes first.
  const first = page.getByRole('article').first();
  assert.equal(await first.getAttribute('aria-label'), 'x');
  await first.getByText('differs', { exact: true }).waitFor();
  await first.getByRole('img', { name: /Histograms of x: the reference from/ }).waitFor();
  await page.getByRole('article', { name: 'side' }).getByText('no difference found').waitFor();

  await page.getByLabel('or a stored dataset').selectOption(dataset);
  await page.waitForURL(/dataset=/);
  await page.getByText('No drift was found').waitFor();
  assert.equal(await page.getByText('no difference found').count(), 3);
  assert.deepEqual(faults, []);
});

test(...withBrowser('with a key, and its dataset gone, a model can be played with as well'), async () => {
  const { browser, files } = needed();
  const key = 'a-key-of-sixteen-characters';
  const headers = { authorization: `Bearer ${key}` };
  await using service = await startProcess({ DATA_DIR: join(files, 'guarded'), API_KEYS: key });
  const stored = await untilTaken(() =>
    call(`${service.url}/v1/datasets?name=moons`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'text/csv' },
      body: moonsCsv(),
    }),
  );
  const asked = { datasetId: stored.body.id, flow: 'real-nvp', training: { steps: 100 } };
  const { body } = await untilTaken(() => postJson(`${service.url}/v1/models`, asked, headers));
  await waitFor(service.url, body.id, ['ready'], 120, headers);
  await fetch(`${service.url}/v1/datasets/${stored.body.id}`, { method: 'DELETE', headers });

  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/${body.id}/play?n=30&seed=2`);
  await page.getByLabel('API key').fill(key);
  await page.keyboard.press('Enter');
  await page.locator('.row-p').first().waitFor();
  // What the columns hold is seen in samples.
  const sides = await page.getByLabel('side, row 1', { exact: true }).locator('option').allTextContents();
  assert.deepEqual(sides, ['missing', 'side 0', 'side 1']);
  const csv = await kept(page, () => page.getByRole('button', { name: 'Download as CSV' }).click());
  const path = `/v1/models/${body.id}/sample?n=30&seed=2&format=csv`;
  assert.equal(csv.content.toString(), await (await fetch(service.url + path, { headers })).text());

  await page.getByRole('link', { name: 'Drift' }).click();
  await page.locator('input[type=file]').setInputFiles(await file('far.csv', newLines(300, 3)));
  await page.getByText('These rows have drifted').waitFor();
  await page.getByText(/samples of the model, for its dataset is deleted/).waitFor();
  assert.deepEqual(faults, []);
});

test(...withBrowser('the views of scores suit axe, light and dark, and fit 380 pixels'), async () => {
  const { browser, service, model, givenSide, dataset } = needed();
  const views = {
    [`/models/${model}/play`]: '.row-p',
    [`/models/${givenSide}/play`]: '.row-p',
    [`/models/${model}/anomalies`]: '.empty',
    [`/models/${model}/anomalies?dataset=${dataset}&alpha=0.05`]: '.ranked-cell .contribution-value',
    [`/models/${givenSide}/drift?dataset=${dataset}`]: '.drift-columns',
  };
  for (const look of looks) {
    const { page, faults } = await openPage(browser, service.url, look);
    for (const [path, part] of Object.entries(views)) {
      await page.goto(path);
      await page.locator(part).first().waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      await assertSuits(page, `${path}, ${look.width} pixels, ${look.colorScheme}`);
      assert.deepEqual(faults, [], path);
    }
    await page.context().close();
  }
});
