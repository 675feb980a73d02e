import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage, startedWithBrowser, withBrowser } from '../support/browser.ts';
import { assertSuits, looks, moonsCsv } from '../support/console.ts';
import { temporaryDirectory } from '../support/postgres.ts';
import { call, type ServiceProcess, startProcess } from '../support/service.ts';

const mostBytes = 1_500_000;
const resources = new AsyncDisposableStack();
after(() => resources.disposeAsync());

async function start(): Promise<{ browser: Browser; service: ServiceProcess; files: string }> {
  const { path } = resources.use(await temporaryDirectory());
  const environment = { DATA_DIR: join(path, 'data'), MAX_UPLOAD_BYTES: String(mostBytes) };
  const service = resources.use(await startProcess(environment));
  const browser = await launchBrowser();
  resources.defer(() => browser.close());
  return { browser, service, files: path };
}
const needed = await startedWithBrowser(start);

async function fileOf(name: string, content: string | Buffer): Promise<string> {
  const path = join(needed().files, name);
  await writeFile(path, content);
  return path;
}

/** The page of datasets, and what must not happen on it. */
async function openDatasets(look: object = {}) {
  const { browser, service } = needed();
  const { page, faults } = await openPage(browser, service.url, look);
  await page.goto('/datasets');
  await page.getByText('Drop a table here').waitFor();
  return { page, faults, give: (...paths: string[]) => page.locator('input[type=file]').setInputFiles(paths) };
}

const store = (page: Page) => page.getByRole('button', { name: 'Store' });
const kindOf = (page: Page, column: string) => page.getByRole('combobox', { name: column, exact: true });
const newest = async () => (await call(`${needed().service.url}/v1/datasets`)).body.items[0];

/** Lines of two numbers, longer than what is looked at of a text; the last is of the given cells. */
function longCsv(last: string, bytes = 1_200_000): string {
  const lines = ['count,part'];
  for (let row = 0, size = 0; size < bytes; row++) size += lines[lines.push(`${row},${row / 8}`) - 1].length + 1;
  return [...lines, last, ''].join('\n');
}

test(...withBrowser('a file that is dropped is shown as it would be, and stored as its user says'), async () => {
  const { page, faults } = await openDatasets();
  const transfer = await page.evaluateHandle(
    `(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([${JSON.stringify(moonsCsv())}], 'dropped.csv', { type: 'text/csv' }));
      return transfer;
    })()`,
  );
  const zone = page.locator('.drop-zone');
  await zone.dispatchEvent('dragover', { dataTransfer: transfer });
  assert.match((await zone.getAttribute('class')) ?? '', /is-over/);
  await zone.dispatchEvent('drop', { dataTransfer: transfer });
  await page.getByText('300 rows · 3 columns').waitFor();
  assert.equal(await kindOf(page, 'side').inputValue(), 'categorical');
  assert.match(String(await kindOf(page, 'x').textContent()), /continuous \(found\)integer: not all numbers are whole/);
  assert.equal(await page.getByRole('row').count(), 11);

  await kindOf(page, 'side').selectOption('ignored');
  await page.getByText('as you say; found to be categorical').waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('halves of moons');
  await store(page).click();
  await page.getByText('halves of moons is stored: 300 rows, 3 columns').waitFor();
  const { name, columns } = await newest();
  assert.equal(name, 'halves of moons');
  assert.deepEqual(
    columns.map(({ reason, ignored }: { reason: string; ignored: boolean }) => [reason, ignored]),
    [
      ['numbers with fractions', false],
      ['numbers with fractions', false],
      ['ignored as asked', true],
    ],
  );
  assert.deepEqual(faults, []);
});

test(...withBrowser('several files come one after another, and each may be left out'), async () => {
  const { page, faults, give } = await openDatasets();
  await give(
    await fileOf('first.csv', 'a\n1\n2\n'),
    await fileOf('second.json', '{"records": [{"a": 1}, {"a": 2}]}'),
    await fileOf('third.csv', 'a,b\n1\n'),
    await fileOf('fourth.csv.gz', gzipSync('a\n1\n3\n')),
  );
  await page.getByText('3 more files wait').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('first is stored').waitFor();
  await page.getByRole('heading', { name: 'second.json' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('third.csv cannot be read as it is').waitFor();
  await page.getByText('Line 2: expected 2 values, as many as line 1 has, got 1.').waitFor();
  await page.getByRole('button', { name: 'Leave it out' }).click();
  await page.getByRole('heading', { name: 'fourth.csv.gz' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('fourth is stored').waitFor();
  assert.equal(await store(page).count(), 0);
  const { body } = await call(`${needed().service.url}/v1/datasets`);
  const names = body.items.map(({ name }: { name: string }) => name);
  assert.deepEqual(names.slice(0, 2), ['fourth', 'first']);
  assert.deepEqual(faults, []);
});

test(...withBrowser('what was not found out rightly is said, and read again'), async () => {
  const { page, faults, give } = await openDatasets();
  // More commas than bars in the line of names.
  await give(await fileOf('bars.csv', '2,5,1|1\n2|4\n3|9\n'));
  await page.getByText('bars.csv cannot be read as it is').waitFor();
  await page.getByLabel('Between cells').selectOption('bar');
  await page.getByText('The first line holds numbers').or(kindOf(page, '2,5,1')).first().waitFor();
  await page.getByLabel('First line').selectOption('a row like the others');
  await page.getByText('3 rows · 2 columns').waitFor();
  await kindOf(page, 'column2').selectOption('categorical');
  await page.getByText('as you say; found to be integer').waitFor();
  await store(page).click();
  await page.getByText('bars is stored: 3 rows, 2 columns').waitFor();
  const { columns } = await newest();
  assert.deepEqual(
    columns.map(({ name, kind }: { name: string; kind: string }) => [name, kind]),
    [
      ['column1', 'categorical'],
      ['column2', 'categorical'],
    ],
  );
  assert.deepEqual(faults, []);
});

test(...withBrowser('what a file says of its own columns holds beside what its user says'), async () => {
  const { page, give } = await openDatasets();
  const columns = [{ name: 'x', lower: 0 }, { name: 'y', kind: 'categorical' }, { name: 'z' }];
  await give(
    await fileOf(
      'said.json',
      JSON.stringify({
        name: 'of the file',
        columns,
        rows: [
          [1, 2, 3],
          [2, 3, 4],
        ],
      }),
    ),
  );
  await kindOf(page, 'z').selectOption('continuous');
  await store(page).click();
  await page.getByText('of the file is stored').waitFor();
  const { columns: stored } = await newest();
  assert.deepEqual(
    stored.map(({ kind, lower }: { kind: string; lower?: number }) => [kind, lower]),
    [
      ['integer', 0],
      ['categorical', undefined],
      ['continuous', undefined],
    ],
  );
});

test(...withBrowser('of a long text the beginning is looked at, and all of it when it is stored'), async () => {
  const { page, faults, give } = await openDatasets();
  await give(await fileOf('long.csv', longCsv('many,1')));
  await page.getByText(/judged from the first [\d,]+ rows/).waitFor();
  assert.equal(await kindOf(page, 'count').inputValue(), 'integer');
  await store(page).click();
  const alert = page.getByRole('alert');
  await alert.getByText(/column "count": expected a number, got "many"/).waitFor();
  await alert.getByText('Correct what is named, and send it again.').waitFor();
  await kindOf(page, 'count').selectOption('ignored');
  await store(page).click();
  await page.getByText(/long is stored/).waitFor();
  assert.equal((await newest()).columns[0].ignored, true);
  assert.deepEqual(faults, []);
});

test(...withBrowser('a line end within quotes is no end of the beginning'), async () => {
  const { page, give } = await openDatasets();
  const cell = `"${'two\nlines '.repeat(20)}"`;
  await give(await fileOf('quoted.csv', `a,text\n${`1,${cell}\n`.repeat(7000)}`));
  await page.getByText(/judged from the first [\d,]+ rows/).waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  await page.getByRole('button', { name: 'Cancel' }).click();
});

test(...withBrowser('a table that is larger than the service takes is refused in its words'), async () => {
  const { page, faults, give } = await openDatasets();
  await give(await fileOf('large.csv', longCsv('1,1', mostBytes)));
  await store(page).click();
  const alert = page.getByRole('alert');
  await alert.getByText(`The table is larger than MAX_UPLOAD_BYTES=${mostBytes} allows.`).waitFor();
  await alert.getByText('Send less, or have the named limit raised.').waitFor();
  // Too large to be sent twice, it is sent at once.
  await give(await fileOf('larger.parquet', Buffer.alloc(2 ** 23 + 1)));
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('larger.parquet was not stored').waitFor();
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await page.getByRole('button', { name: 'Leave it out' }).click();
  assert.equal(await page.getByRole('alert').count(), 0);
  assert.deepEqual(faults, []);
});

test(
  ...withBrowser('what is shown before a table is stored suits axe, light and dark, and fits 380 pixels'),
  async () => {
    const many = Array.from({ length: 25 }, (_, column) => `a column with a long name ${column}`).join();
    const wide = await fileOf('wide.csv', `${many}\n${'1,'.repeat(24)}2\n${'2,'.repeat(24)}\n`);
    const refused = await fileOf('refused.csv', 'a,b\n1\n');
    for (const look of [looks[0], looks[3]]) {
      const { page, faults, give } = await openDatasets(look);
      await give(wide, refused);
      await page.getByRole('button', { name: 'Show all 25 columns' }).click();
      await assertSuits(page, `review, ${look.width}, ${look.colorScheme}`);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('refused.csv cannot be read').waitFor();
      await assertSuits(page, `refusal, ${look.width}, ${look.colorScheme}`);
      assert.deepEqual(faults, []);
      await page.context().close();
    }
  },
);

// The last of them: the service is gone after it.
test(...withBrowser('a service that is gone is named as what is wrong'), async () => {
  const { service } = needed();
  const { page, give } = await openDatasets();
  await page.getByRole('link', { name: 'Models', exact: true }).click();
  await page.getByText('No models yet').waitFor();
  await page.getByRole('link', { name: 'Datasets', exact: true }).click();
  await give(await fileOf('late.csv', 'a\n1\n2\n'));
  await store(page).waitFor();
  await service.stop('SIGTERM');
  await store(page).click();
  await page.getByRole('alert').getByText('The connection to the service broke.').waitFor();
  await page.getByText('See whether it runs, and try again.').waitFor();
  await kindOf(page, 'a').selectOption('continuous');
  await page.getByText(/^The service cannot be reached/).waitFor();
  await page.getByRole('link', { name: 'Models', exact: true }).click();
  await page.getByText('The models could not be read').waitFor();
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  // Nothing of this page has been loaded before.
  await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'New model' }).click();
  await page.getByText('This page could not be loaded.').waitFor();
  await page.getByRole('button', { name: 'Load again' }).waitFor();
});
