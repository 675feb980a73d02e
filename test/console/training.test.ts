import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage, startedWithBrowser, withBrowser } from '../support/browser.ts';
import { temporaryDirectory } from '../support/postgres.ts';
import { askForModel, call, type ServiceProcess, startProcess } from '../support/service.ts';

const resources = new AsyncDisposableStack();
after(() => resources.disposeAsync());

interface Started {
  readonly browser: Browser;
  readonly url: string;
  /** Ends the service, and begins it anew at the same address. */
  restart(): Promise<void>;
}

async function start(): Promise<Started> {
  const { path } = resources.use(await temporaryDirectory());
  const begin = (port: string) => startProcess({ DATA_DIR: join(path, 'data'), PORT: port });
  let service: ServiceProcess = await begin('0');
  resources.defer(() => service[Symbol.asyncDispose]());
  const { url } = service;
  const browser = await launchBrowser();
  resources.defer(() => browser.close());
  const restart = async () => {
    await service.stop('SIGTERM');
    service = await begin(new URL(url).port);
  };
  return { browser, url, restart };
}
const needed = await startedWithBrowser(start);

/** A model that trains until it is cancelled. */
const endless = () => askForModel(needed().url, { steps: 1_000_000, patience: 10_000 });

/** How far right the points of the curve of validation rows are. */
async function curve(page: Page): Promise<number[]> {
  const paths = `[...document.querySelectorAll('.plot [aria-label=line] path')].map((path) => path.getAttribute('d'))`;
  const drawn: string[] = await page.evaluate(paths);
  return [...(drawn.at(-1) ?? '').matchAll(/[ML](-?[\d.]+),/g)].map(([, x]) => Number(x));
}

async function shownStep(page: Page): Promise<number> {
  const said = (await page.locator('.progress-card p').textContent()) ?? '';
  return Number(/^Step ([\d,]+) of/.exec(said)?.[1].replaceAll(',', ''));
}

/** Waits until a condition holds; what it tells otherwise is why it failed. */
async function until(page: Page, condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await condition()) return;
    await page.waitForTimeout(200);
  }
  assert.fail(`Waited for ${what}`);
}

/** Fails where a point stands twice, or before one that was drawn earlier. */
function assertRising(places: readonly number[]): void {
  const [, ...later] = places;
  assert.ok(
    later.every((place, index) => place > places[index]),
    `points at ${places}`,
  );
}

test(...withBrowser('a training goes on for a page that is loaded again in the midst of it'), async () => {
  const { browser, url } = needed();
  const id = await endless();
  const { page, faults } = await openPage(browser, url);
  await page.goto(`/models/${id}`);
  await until(page, async () => (await curve(page)).length >= 4, 'four points');
  const [before, step] = [await curve(page), await shownStep(page)];
  await page.reload();
  await until(page, async () => (await curve(page)).length > before.length, 'more points than before');
  assertRising(await curve(page));
  assert.ok((await shownStep(page)) > step);
  await page.getByRole('button', { name: 'Cancel training' }).click();
  await page.locator('.page-lead .badge-cancelled').waitFor();
  assertRising(await curve(page));
  assert.deepEqual(faults, []);
});

test(...withBrowser('a page follows a training on after the service was started anew'), async () => {
  const { browser, url, restart } = needed();
  const id = await endless();
  const { page } = await openPage(browser, url);
  await page.goto(`/models/${id}`);
  await until(page, async () => (await curve(page)).length >= 4, 'four points');
  const [before, step] = [await curve(page), await shownStep(page)];
  await page.evaluate('window.isTheSame = true');
  await restart();
  await until(page, async () => (await shownStep(page)) > step, 'a later step');
  const points = await curve(page);
  assertRising(points);
  assert.ok(points.length >= before.length, `${points.length} points, where there were ${before.length}`);
  assert.equal(await page.evaluate('window.isTheSame'), true);
  await page.getByRole('button', { name: 'Cancel training' }).click();
  await page.locator('.page-lead .badge-cancelled').waitFor();
});

test(...withBrowser('what is done in one tab is seen in another, and what is gone is said to be'), async () => {
  const { browser, url } = needed();
  const { page: one, faults } = await openPage(browser, url);
  const two = await one.context().newPage();
  await two.goto('/models');
  await two.getByRole('heading', { level: 1, name: 'Models' }).waitFor();
  await one.goto('/models/new');
  await one.getByText('Real NVP', { exact: true }).click();
  await one.getByLabel('Name').fill('of the first tab');
  await one.getByText('Training', { exact: true }).click();
  // Until it is cancelled.
  await one.getByRole('spinbutton', { name: /^Steps/ }).fill('1000000');
  await one.getByRole('spinbutton', { name: /^Patience/ }).fill('10000');
  await one.getByRole('button', { name: 'Train' }).click();
  await one.getByRole('heading', { name: 'of the first tab' }).waitFor();
  await two.getByRole('link', { name: 'of the first tab' }).click();
  await two.getByRole('button', { name: 'Cancel training' }).click();
  for (const page of [one, two]) await page.locator('.page-lead .badge-cancelled').waitFor();

  const remove = async (page: Page) => {
    await page.getByRole('button', { name: 'Delete the model of the first tab' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  };
  const id = new URL(one.url()).pathname.split('/')[2];
  await remove(one);
  await one.getByRole('heading', { level: 1, name: 'Models' }).waitFor();
  await remove(two);
  const { body } = await call(`${url}/v1/models/${id}`);
  const alert = two.getByRole('alert');
  await alert.getByText(body.detail).waitFor();
  await alert.getByText('It may have been deleted: go back to the list.').waitFor();
  await two.reload();
  await alert.getByText(body.detail).waitFor();
  assert.deepEqual(faults, []);
});
