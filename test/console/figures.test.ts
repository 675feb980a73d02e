import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { PNG } from 'pngjs';
import { launchBrowser, openPage, startedWithBrowser, withBrowser } from '../support/browser.ts';
import { assertSuits, kept, moonsCsv, tabTo } from '../support/console.ts';
import { temporaryDirectory } from '../support/postgres.ts';
import { call, type ServiceProcess, startProcess } from '../support/service.ts';

const resources = new AsyncDisposableStack();
after(() => resources.disposeAsync());

interface Started {
  readonly browser: Browser;
  readonly service: ServiceProcess;
  readonly files: string;
  /** A ready model of x, y and side. */
  readonly model: string;
}

async function start(): Promise<Started> {
  const { path } = resources.use(await temporaryDirectory());
  const service = resources.use(await startProcess({ DATA_DIR: join(path, 'data') }));
  const model = await trained(service);
  const browser = await launchBrowser();
  resources.defer(() => browser.close());
  return { browser, service, files: path, model };
}
const needed = await startedWithBrowser(start);

async function trained({ url }: ServiceProcess): Promise<string> {
  const post = (path: string, type: string, body: string) =>
    call(`${url}/v1/${path}`, { method: 'POST', headers: { 'content-type': type }, body });
  const { body: dataset } = await post('datasets?name=moons', 'text/csv', moonsCsv());
  const asked = { datasetId: dataset.id, name: 'two moons', flow: 'real-nvp', training: { steps: 60 } };
  const { body: model } = await post('models', 'application/json', JSON.stringify(asked));
  // Its events end when it is ready.
  await (await fetch(`${url}/v1/models/${model.id}/events`)).text();
  return model.id;
}

test(...withBrowser('what figures mean, what tests say, and a figure kept as SVG and PNG'), async () => {
  const { browser, service, model } = needed();
  const { page, faults } = await openPage(browser, service.url, { colorScheme: 'dark' });
  await page.goto(`/models/${model}`);
  await page
    .getByText(/± [\d.]+ nats per row/)
    .first()
    .waitFor();
  await page.getByText(/by 199 permutations/).waitFor();
  await page.getByRole('heading', { name: /False alarms of anomaly scores/ }).waitFor();
  await page.getByRole('img', { name: /^Calibration of x: the line (stays within|leaves) the 95 % band/ }).waitFor();
  await page.getByText('In numbers').click();
  await page.getByRole('table', { name: 'Calibration of each column' }).waitFor();

  await page.locator('.plot [aria-label=line] path').first().waitFor();
  await page.getByText('In numbers').focus();
  const svg = await kept(page, async () => {
    await tabTo(page, 'Download as SVG: training curves');
    await page.keyboard.press('Enter');
  });
  assert.equal(svg.name, 'training-curves.svg');
  const drawing = svg.content.toString();
  assert.doesNotMatch(drawing, /var\(|class=|style|light-dark|href/);
  // On the dark card's ground, with its legend, its fonts named.
  assert.match(drawing, /<rect width="100%" height="100%" fill="rgb\(22, 25, 31\)"/);
  assert.match(drawing, /font-family="system-ui/);
  assert.match(drawing, />validation rows<\/text>/);
  const png = await kept(page, async () => {
    await tabTo(page, 'Download as PNG: training curves');
    await page.keyboard.press('Enter');
  });
  assert.equal(png.name, 'training-curves.png');
  const { width, height, data } = PNG.sync.read(png.content);
  const [, ...size] = /width="(\d+)" height="(\d+)"/.exec(drawing) ?? [];
  assert.deepEqual(
    [width, height],
    size.map((each) => 2 * Number(each)),
  );
  assert.deepEqual([...data.subarray(0, 4)], [22, 25, 31, 255]);
  assert.deepEqual(faults, []);
});

test(...withBrowser('the density of any two columns, given others, has an address'), async () => {
  const { browser, service, model } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/${model}/density`);
  const figure = page.getByRole('img', { name: /^Density of / });
  await page.getByRole('img', { name: /^Density of x and y: highest/ }).waitFor();
  await page.locator('.plot [aria-label=contour] path').first().waitFor();
  await page.getByText(/Estimated from samples worth/).waitFor();
  // They are drawn when they are seen.
  await page.locator('.plot-grid li').last().scrollIntoViewIfNeeded();
  for (const column of ['x', 'y', 'side']) await page.getByRole('img', { name: `Distribution of ${column}` }).waitFor();

  await page.getByLabel('Upwards').selectOption('side');
  await page.getByRole('img', { name: /^Density of x and side: .* side is side [01]/ }).waitFor();
  // The other axis makes way.
  await page.getByLabel('Across').selectOption('side');
  await page.getByRole('img', { name: /^Density of side and x/ }).waitFor();
  await page.getByLabel('Show').selectOption('its standard error');
  await page.getByRole('img', { name: /^Standard error of the density of side and x/ }).waitFor();
  await page.getByLabel('Show').selectOption('the density');
  await page.getByLabel('Upwards').selectOption('y');
  await page.getByLabel('Across').selectOption('x');
  await page.getByText('Fix other columns').click();
  await page.locator('.given-fields').getByLabel('side').selectOption('side 1');
  // With nothing left to integrate out it is exact.
  await page.getByText(/^Exact: the model’s own density/).waitFor();
  await page.getByLabel('the dataset’s first rows').check();
  await page.locator('.plot [aria-label=dot] circle').first().waitFor();
  const label = await figure.getAttribute('aria-label');

  const address = new URL(page.url());
  assert.deepEqual(Object.fromEntries(address.searchParams), {
    x: 'x',
    y: 'y',
    given: '{"side":"side 1"}',
    rows: 'on',
  });
  const other = await openPage(browser, service.url);
  await other.page.goto(address.href);
  await other.page.locator('.plot [aria-label=dot] circle').first().waitFor();
  assert.equal(await other.page.getByRole('img', { name: /^Density of / }).getAttribute('aria-label'), label);
  assert.deepEqual([...faults, ...other.faults], []);
});

test(...withBrowser('a report is kept from the page, and opens by itself'), async () => {
  const { browser, service, files, model } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/${model}`);
  const report = await kept(page, () => page.getByRole('button', { name: 'Report of two moons' }).click());
  assert.equal(report.name, 'two-moons-report.html');
  const path = join(files, report.name);
  await writeFile(path, report.content);
  assert.deepEqual(faults, []);
  for (const colorScheme of ['light', 'dark'] as const) {
    // axe is a script, which the file's own policy keeps out.
    const context = await browser.newContext({ colorScheme, bypassCSP: true, viewport: { width: 380, height: 900 } });
    const alone = await context.newPage();
    const asked: string[] = [];
    alone.on('request', (request) => asked.push(request.url()));
    await alone.goto(pathToFileURL(path).href);
    await alone.getByRole('heading', { level: 1, name: 'two moons' }).waitFor();
    assert.equal(await alone.getByRole('img', { name: /^Distribution of/ }).count(), 3);
    assert.equal(asked.length, 1, `${asked}`);
    await assertSuits(alone, `the report, ${colorScheme}`);
    await context.close();
  }
  // Under its policy its own style holds.
  const strict = await openPage(browser, service.url);
  await strict.page.goto(pathToFileURL(path).href);
  const family: string = await strict.page.evaluate('getComputedStyle(document.body).fontFamily');
  assert.match(family, /^system-ui/);
  assert.deepEqual(strict.faults, []);
});

test(...withBrowser('sections of figures suit axe, light and dark, and fit 380 pixels'), async () => {
  const { browser, service, model } = needed();
  for (const look of [
    { width: 380, colorScheme: 'light' },
    { width: 1440, colorScheme: 'dark' },
  ] as const) {
    const { page, faults } = await openPage(browser, service.url, look);
    for (const path of ['', '/density?rows=on']) {
      await page.goto(`/models/${model}${path}`);
      await page.locator('.plot').first().waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      await assertSuits(page, `${path}, ${look.width}, ${look.colorScheme}`);
    }
    assert.deepEqual(faults, []);
    await page.context().close();
  }
});
