import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openPage, serviceAndBrowser, startedWithBrowser, withBrowser } from '../support/browser.ts';
import { call, postJson, untilTaken } from '../support/service.ts';

const resources = new AsyncDisposableStack();
after(() => resources.disposeAsync());

const needed = await startedWithBrowser(() => serviceAndBrowser(resources));

/** More than fit two pages of a list. */
const total = 45;
const names = Array.from({ length: total }, (_, index) => `number ${index}`);
const newestFirst = names.toReversed();

async function createDatasets(): Promise<string> {
  const { url } = needed().service;
  const rows = Array.from({ length: 30 }, (_, row) => [row, row / 7]);
  let id = '';
  for (const name of names) {
    const { status, body } = await untilTaken(() =>
      postJson(`${url}/v1/datasets`, { name, columns: ['x', 'y'], rows }),
    );
    assert.equal(status, 201, JSON.stringify(body));
    id = body.id;
  }
  return id;
}

/** Models whose training is cancelled before it begins, or soon after. */
async function createModels(datasetId: string): Promise<void> {
  const { url } = needed().service;
  for (const name of names) {
    const asked = { datasetId, name, flow: 'real-nvp', training: { steps: 1_000_000 } };
    const { status, body } = await untilTaken(() => postJson(`${url}/v1/models`, asked));
    assert.equal(status, 202, JSON.stringify(body));
    await call(`${url}/v1/models/${body.id}/cancel`, { method: 'POST' });
  }
}

const shownNames = (page: Page) => page.locator('.row-link').allTextContents();

/** Goes through all pages of a list and back. */
async function readPages(page: Page): Promise<void> {
  const seen: string[] = [];
  for (let first = 0; first < total; first += 20) {
    const expected = newestFirst.slice(first, first + 20);
    await page.getByRole('link', { name: expected[0], exact: true }).waitFor();
    seen.push(...(await shownNames(page)));
    assert.equal(await page.getByRole('link', { name: 'Newest' }).count(), first === 0 ? 0 : 1);
    if (first + 20 < total) await page.getByRole('link', { name: 'Older' }).click();
  }
  assert.deepEqual(seen, newestFirst);
  assert.equal(await page.getByRole('link', { name: 'Older' }).count(), 0);
  // The page of the list stands in the address.
  await page.reload();
  await page.getByRole('link', { name: newestFirst[40], exact: true }).waitFor();
  await page.goBack();
  await page.getByRole('link', { name: newestFirst[20], exact: true }).waitFor();
  await page.getByRole('link', { name: 'Newest' }).click();
  await page.getByRole('link', { name: newestFirst[0], exact: true }).waitFor();
}

test(...withBrowser('lists longer than a page are read page by page'), async () => {
  const { browser, service } = needed();
  const dataset = await createDatasets();
  await createModels(dataset);
  const { page, faults } = await openPage(browser, service.url);
  for (const path of ['/datasets', '/models']) {
    await page.goto(path);
    await readPages(page);
  }
  assert.deepEqual(faults, []);
});

test(...withBrowser('colours are those that were chosen, after a reload too, or as the system has them'), async () => {
  const { browser, service } = needed();
  const { page, faults } = await openPage(browser, service.url, { colorScheme: 'light' });
  const paper = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
  const choose = (theme: string) => page.getByLabel('Colours').selectOption(theme);
  await page.goto('/models');
  const light = await paper();
  await choose('dark');
  const dark = await paper();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await page.getByLabel('Colours').inputValue(), 'dark');
  assert.equal(await paper(), dark);
  await choose('light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.reload();
  await page.getByLabel('Colours').waitFor();
  assert.equal(await paper(), light);
  await choose('auto');
  assert.equal(await paper(), dark);
  await page.emulateMedia({ colorScheme: 'light' });
  assert.equal(await paper(), light);
  assert.deepEqual(faults, []);
});
