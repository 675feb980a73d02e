import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { openPage, serviceAndBrowser, startedWithBrowser, withBrowser } from '../support/browser.ts';
import { assertSuits, looks, tabTo } from '../support/console.ts';
import { askForModel, call, type ServiceProcess, waitFor } from '../support/service.ts';

const resources = new AsyncDisposableStack();
after(() => resources.disposeAsync());

async function start(): Promise<{ browser: Browser; service: ServiceProcess; dataset: string }> {
  const { service, browser } = await serviceAndBrowser(resources);
  const id = await askForModel(service.url, { steps: 1 });
  const { body } = await call(`${service.url}/v1/models/${id}`);
  return { browser, service, dataset: body.datasetId };
}
const needed = await startedWithBrowser(start);

/** Nothing to object to, in the page as it stands. */
async function assertFine(page: Page, faults: readonly string[], what: string): Promise<void> {
  await assertSuits(page, what);
  assert.deepEqual(faults, [], what);
}

/** The model that the page has come to, once it is ready. */
async function trained(page: Page) {
  await page.waitForURL(/\/models\/[0-9a-f-]{36}$/);
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const model = await waitFor(needed().service.url, id, ['ready', 'failed'], 120);
  assert.equal(model.status, 'ready', JSON.stringify(model.error));
  await page.locator('.page-lead .badge-ready').waitFor();
  return model;
}

test(...withBrowser('a preset is chosen among cards by keyboard, for some columns given others'), async () => {
  const { browser, service, dataset } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/new?dataset=${dataset}`);
  await page.getByText('each trained on its own').waitFor();
  await tabTo(page, 'Given y');
  await page.keyboard.press('Space');
  await page.getByText('given 1 column').waitFor();
  assert.equal(await page.getByLabel('Model y').isChecked(), false);
  await tabTo(page, 'Auto');
  // Anomaly, NICE, Real NVP.
  for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowDown');
  await page.waitForURL(/flow=real-nvp/);
  await page.getByText('numbers that are learned').waitFor();
  await page.reload();
  assert.ok(await page.getByRole('radio', { name: /^Real NVP/ }).isChecked(), 'it stands in the address');

  await page.getByText('As a request').click();
  await page.getByText(`curl -X POST ${service.url}/v1/models`).waitFor();
  const shown = await page.locator('pre').first().textContent();
  assert.deepEqual(JSON.parse(String(shown)), { datasetId: dataset, flow: 'real-nvp' });
  await page.getByText('Training', { exact: true }).click();
  const steps = page.getByRole('spinbutton', { name: /^Steps/ });
  await steps.fill('0');
  await page.locator('#steps-faults').waitFor();
  assert.equal(await steps.getAttribute('aria-invalid'), 'true');
  await steps.fill('40');
  await page.locator('#steps-faults').waitFor({ state: 'detached' });
  await tabTo(page, 'Train');
  await page.keyboard.press('Enter');
  const model = await trained(page);
  assert.deepEqual([model.training.steps, model.flow.layers.length], [40, 16]);
  assert.deepEqual(faults, []);
});

test(...withBrowser('a spec with a mistake is mended by completion, and trained'), async () => {
  const { browser, service, dataset } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/new?dataset=${dataset}&flow=spec`);
  const editor = page.getByRole('textbox', { name: 'Spec of the flow' });
  await editor.click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText('{"layers": [{"type": "lu"}, {"type": "copling", "hidden": [8]}]}');
  await page.locator('.spec-problems').getByText('/flow/layers/1/type').waitFor();
  await page.getByText(/Expected one of coupling, .*; got "copling"/).waitFor();
  assert.equal(await page.locator('.cm-lintRange-error').textContent(), '"type": "copling"');
  await assertFine(page, faults, 'the editor with a mistake');

  // To the end of the word.
  const after = ', "hidden": [8]}]}'.length + 1;
  for (let press = 0; press < after; press++) await page.keyboard.press('ArrowLeft');
  for (let press = 0; press < 'pling'.length; press++) await page.keyboard.press('Backspace');
  await page.keyboard.type('up');
  await page.getByRole('option', { name: /^coupling/ }).waitFor();
  await assertFine(page, faults, 'the editor with its completion');
  await page.keyboard.press('Enter');
  await page.locator('.spec-problems').waitFor({ state: 'detached' });
  assert.equal(await editor.textContent(), '{"layers": [{"type": "lu"}, {"type": "coupling", "hidden": [8]}]}');
  assert.equal(
    await page
      .getByRole('list', { name: /^Layers/ })
      .getByRole('listitem')
      .count(),
    3,
  );
  await page.getByText('Training', { exact: true }).click();
  await page.getByRole('spinbutton', { name: /^Steps/ }).fill('40');
  await page.getByRole('button', { name: 'Train' }).click();
  const model = await trained(page);
  assert.deepEqual(
    model.flow.layers.map(({ type }: { type: string }) => type),
    ['lu', 'coupling'],
  );
  assert.deepEqual(faults, []);
});

test(...withBrowser('a preset is taken to the editor as a spec, and the page suits everybody'), async () => {
  const { browser, service, dataset } = needed();
  for (const look of looks) {
    const { page, faults } = await openPage(browser, service.url, look);
    await page.goto(`/models/new?dataset=${dataset}&flow=glow`);
    await page.getByRole('button', { name: 'Edit as a spec' }).click();
    await page.waitForURL(/flow=spec/);
    const editor = page.getByRole('textbox', { name: 'Spec of the flow' });
    await editor.waitFor();
    assert.match(String(await editor.textContent()), /"repeat": 8/);
    await page.getByText('numbers that are learned').waitFor();
    for (const fold of ['Training', 'As a request']) await page.getByText(fold, { exact: true }).click();
    await assertFine(page, faults, `${look.width}, ${look.colorScheme}`);
    await page.context().close();
  }
});

test(...withBrowser('a race is seen while it goes on, after a reload, and when it is over'), async () => {
  const { browser, service } = needed();
  // The rounds are soon over; who has won goes on until it is cancelled.
  const endless = { steps: 1_000_000, raceSteps: 10, evaluationSteps: 5, patience: 1_000_000, ensemble: 2 };
  const live = await askForModel(service.url, endless, { flow: 'auto', rows: 200 });
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/${live}`);
  await page.getByText('out after round 2').waitFor({ timeout: 120_000 });
  await page.reload();
  await page.getByText('out after round 2').waitFor();
  assert.equal(await page.getByText('out after round 1').count(), 3);
  assert.equal(await page.getByText('in training', { exact: true }).count(), 2);
  await page.getByText('After round 2 the best go on').waitFor();
  await page.getByRole('img', { name: /a Gaussian reaches/ }).waitFor();
  await page.getByText(/s so far, .* left at most/).waitFor();
  await page.getByRole('button', { name: 'Cancel training' }).click();
  await page.locator('.page-lead .badge-cancelled').waitFor();

  const short = { steps: 60, raceSteps: 20, evaluationSteps: 10, ensemble: 2 };
  const id = await askForModel(service.url, short, { flow: 'auto', rows: 200 });
  const { race } = await waitFor(service.url, id, ['ready', 'failed'], 120);
  for (const look of looks) {
    const { page, faults } = await openPage(browser, service.url, look);
    await page.goto(`/models/${id}`);
    const winners = [...new Set<string>(race.winners)];
    for (const winner of winners) await page.getByRole('row', { name: new RegExp(`^${winner} weight`) }).waitFor();
    await page
      .getByRole('img', { name: /^Log-likelihood of the validation rows for 6 flows by round; .* leads/ })
      .waitFor();
    await assertFine(page, faults, `${look.width}, ${look.colorScheme}`);
    await page.context().close();
  }
  assert.deepEqual(faults, []);
});
