import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openPage, serviceAndBrowser, startedWithBrowser, withBrowser } from '../support/browser.ts';
import { assertSuits, looks, moonsCsv } from '../support/console.ts';
import { call, postJson, untilTaken } from '../support/service.ts';

const resources = new AsyncDisposableStack();
after(() => resources.disposeAsync());

const needed = await startedWithBrowser(() => serviceAndBrowser(resources));

async function begin(name: string, training: object): Promise<string> {
  const { url } = needed().service;
  const headers = { 'content-type': 'text/csv' };
  const dataset = await untilTaken(() => call(`${url}/v1/datasets`, { method: 'POST', headers, body: moonsCsv() }));
  const flows = [{ flow: 'real-nvp' }, { name: 'line', flow: { layers: [{ type: 'affine' }] } }];
  const asked = { name, datasetId: dataset.body.id, flows, seeds: [0, 1], training };
  const { body, status } = await untilTaken(() => postJson(`${url}/v1/sweeps`, asked));
  assert.equal(status, 202, JSON.stringify(body));
  return body.id;
}

test(...withBrowser('a sweep is followed to its end, and leads to its models'), async () => {
  const { browser, service } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.goto('/sweeps');
  await page.getByText('No sweeps yet').waitFor();
  await begin('which flow', { steps: 150 });
  await page.reload();
  await page.getByRole('link', { name: 'which flow' }).click();
  await page.getByRole('heading', { level: 1, name: 'which flow' }).waitFor();
  await page.locator('.page-lead .badge-ready').waitFor({ timeout: 240_000 });
  await page.getByText('4 models').first().waitFor();
  await page.getByRole('img', { name: /validation rows for 2 flows, by seed; .* leads with −?\d/ }).waitFor();
  const rows = page.getByRole('region', { name: 'Flows, best first' }).getByRole('row');
  assert.equal(await rows.count(), 3);
  assert.match((await rows.nth(1).textContent()) ?? '', /2 ready.* ± .*–/);
  assert.match((await rows.nth(2).textContent()) ?? '', /2 ready.* ± .*−\d.* ± /);
  await page.locator('.plot [aria-label=dot] circle').nth(3).waitFor();
  for (const look of looks) {
    const { page: other, faults: others } = await openPage(browser, service.url, look);
    for (const path of [page.url(), '/sweeps']) {
      await other.goto(path);
      await other
        .getByRole('link', { name: path === '/sweeps' ? 'which flow' : 'line' })
        .first()
        .waitFor();
      await assertSuits(other, `${path}, ${look.width} pixels, ${look.colorScheme}`);
    }
    assert.deepEqual(others, []);
    await other.context().close();
  }
  await page.getByRole('link', { name: 'real-nvp' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'which flow: real-nvp' }).waitFor();
  assert.deepEqual(faults, []);
});

test(...withBrowser('a sweep is cancelled, and then deleted'), async () => {
  const { browser, service } = needed();
  const id = await begin('too long', { steps: 1_000_000, patience: 100_000 });
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/sweeps/${id}`);
  await page.getByRole('progressbar').first().waitFor({ timeout: 120_000 });
  await page.getByRole('button', { name: 'Cancel the sweep too long' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.locator('.page-lead .badge-cancelled').waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Delete the sweep too long' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { level: 1, name: 'Sweeps' }).waitFor();
  await page.locator('.loading').first().waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('link', { name: 'too long' }).count(), 0);
  assert.deepEqual(faults, []);
});
