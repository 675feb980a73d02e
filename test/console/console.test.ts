import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage, startedWithBrowser, withBrowser } from '../support/browser.ts';
import { assertSuits, looks, moonsFile, storeFile, tabTo, violations } from '../support/console.ts';
import { temporaryDirectory } from '../support/postgres.ts';
import { call, type ServiceProcess, startProcess } from '../support/service.ts';

const key = 'a-key-of-sixteen-characters';
const resources = new AsyncDisposableStack();
after(() => resources.disposeAsync());

async function start(): Promise<{ browser: Browser; open: ServiceProcess; guarded: ServiceProcess; files: string }> {
  const { path } = resources.use(await temporaryDirectory());
  const open = resources.use(await startProcess({ DATA_DIR: join(path, 'open') }));
  const guarded = resources.use(await startProcess({ DATA_DIR: join(path, 'guarded'), API_KEYS: key }));
  const browser = await launchBrowser();
  resources.defer(() => browser.close());
  return { browser, open, guarded, files: path };
}
const needed = await startedWithBrowser(start);

test(...withBrowser('from a file to a trained model, and an error on the way'), async () => {
  const { browser, open, files } = needed();
  const { page, faults } = await openPage(browser, open.url);
  await page.goto('/');
  await page.getByText('No datasets yet').waitFor();

  const broken = join(files, 'broken.csv');
  await writeFile(broken, 'a,b\n1,2\n3\n');
  await page.locator('input[type=file]').setInputFiles(broken);
  const alert = page.getByRole('alert');
  await alert.getByText('Line 3: expected 2 values, as many as line 1 has, got 1.').waitFor();
  await alert.getByText('Correct what is named, and send it again.').waitFor();

  await storeFile(page, await moonsFile(files));
  await page.getByText('moons is stored: 300 rows, 3 columns').waitFor();
  assert.equal(await alert.count(), 0);
  assert.equal(await page.locator('.kinds .badge-categorical').count(), 1);
  await page.getByRole('link', { name: 'See its profile' }).click();

  await page.getByRole('img', { name: /^Histogram of x, from/ }).waitFor();
  assert.equal(await page.getByRole('article').count(), 3);
  // Their names, and ten of them.
  await page.getByRole('row').nth(10).waitFor();
  await page.getByRole('link', { name: 'New model of it' }).click();

  await page.getByText('Real NVP', { exact: true }).click();
  await page.getByLabel('Name').fill('two moons');
  await page.getByRole('button', { name: 'Train' }).click();
  await page.getByRole('heading', { name: 'two moons' }).waitFor();
  // In the midst of training as well as after it.
  await page.reload();
  await page.locator('.page-lead .badge-ready').waitFor({ timeout: 120_000 });
  await page.getByText('Test log-likelihood', { exact: true }).waitFor();
  await page.getByRole('img', { name: /Log-likelihood by training step; validation rows: .* nats at step/ }).waitFor();
  await page.locator('.plot [aria-label=line] path').first().waitFor();

  await page.getByRole('link', { name: 'Models', exact: true }).click();
  await page.getByRole('row', { name: /two moons ready/ }).waitFor();
  await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Datasets' }).click();
  await page.getByRole('button', { name: 'Delete moons' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No datasets yet').waitFor();
  assert.deepEqual(faults, []);
});

test(...withBrowser('by keyboard alone, and cancelled while it trains'), async () => {
  const { browser, open, files } = needed();
  const { page, faults } = await openPage(browser, open.url);
  await page.goto('/datasets');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate('document.activeElement.id'), 'main');
  // Listened for well before: the browser is told so, and until it knows opens a window of its own.
  const chooser = page.waitForEvent('filechooser');
  await page.getByText('Drop a table here').waitFor();
  await tabTo(page, 'Drop a table here');
  await page.keyboard.press('Space');
  await (await chooser).setFiles(await moonsFile(files, 'keys.csv'));
  await page.getByRole('heading', { name: 'keys.csv, as it would be stored' }).waitFor();
  // The focus is on what stores it.
  await page.keyboard.press('Enter');
  await page.getByText('keys is stored').waitFor();
  await tabTo(page, 'New model of it');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Train' }).waitFor();
  await tabTo(page, 'Train');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Cancel training' }).waitFor();
  await tabTo(page, 'Cancel training');
  await page.keyboard.press('Enter');
  await page.locator('.page-lead .badge-cancelled').waitFor();
  // And once more, until it is ready.
  await page.goBack();
  await page.getByRole('button', { name: 'Train' }).waitFor();
  // The focus goes to the one that is chosen, and the arrow keys choose another.
  await tabTo(page, 'Auto');
  const flow = page.getByRole('radio', { name: /^Real NVP/ });
  for (let press = 0; press < 20 && !(await flow.isChecked()); press++) await page.keyboard.press('ArrowDown');
  assert.ok(await flow.isChecked());
  await tabTo(page, 'Train');
  await page.keyboard.press('Enter');
  await page.locator('.page-lead .badge-ready').waitFor({ timeout: 120_000 });
  assert.deepEqual(faults, []);
});

test(...withBrowser('every page suits axe, light and dark, and fits 380 pixels'), async () => {
  const { browser, open } = needed();
  const [dataset, model] = await Promise.all(
    ['datasets', 'models'].map(async (list) => {
      const { body } = await call(`${open.url}/v1/${list}`);
      return `/${list}/${body.items[0].id}`;
    }),
  );
  const heading = {
    '/datasets': 'Datasets',
    [dataset]: 'keys',
    '/models': 'Models',
    '/models/new': 'New model',
    [model]: 'keys',
  };
  for (const look of [looks[0], looks[3]]) {
    const { page, faults } = await openPage(browser, open.url, look);
    for (const [path, name] of Object.entries({ ...heading, '/datasets/none/at/all': 'No such page' })) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      await assertSuits(page, `${path}, ${look.width} pixels, ${look.colorScheme}`);
      assert.deepEqual(faults, [], path);
    }
    await page.context().close();
  }
});

test(...withBrowser('where a key is asked for it is entered once, and can be taken back'), async () => {
  const { browser, guarded } = needed();
  const { page, faults } = await openPage(browser, guarded.url);
  await page.goto('/models');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.deepEqual(await violations(page), []);
  const enter = async (given: string) => {
    await page.getByLabel('API key').fill(given);
    await page.keyboard.press('Enter');
  };
  await enter('not-the-key-of-anybody');
  await page.getByText('The service does not know this key').waitFor();
  await enter(key);
  await page.getByText('No models yet').waitFor();
  await page.reload();
  await page.getByText('No models yet').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.deepEqual(faults, []);
});
