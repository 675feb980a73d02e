import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { openPage, serviceAndBrowser, startedWithBrowser, withBrowser } from '../support/browser.ts';
import { kept, violations } from '../support/console.ts';
import { askForModel, call, type ServiceProcess, untilTaken, waitFor } from '../support/service.ts';

const resources = new AsyncDisposableStack();
after(() => resources.disposeAsync());

/** Columns of every kind; of one some cells are missing. */
function weather(): string {
  const lines = Array.from({ length: 300 }, (_, day) => {
    const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
    const warmth = 12 + 9 * Math.sin(day / 50) + (day % 7) / 7;
    return `${date},${warmth.toFixed(2)},${day % 10 === 0 ? '' : (3 + Math.cos(day / 9)).toFixed(2)},${day % 3 === 0}`;
  });
  return ['day,warmth,wind,wet', ...lines].join('\n');
}

async function start(): Promise<{ browser: Browser; service: ServiceProcess; weatherId: string; model: string }> {
  const { service, browser } = await serviceAndBrowser(resources);
  const stored = await untilTaken(() =>
    call(`${service.url}/v1/datasets?name=weather`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: weather(),
    }),
  );
  const model = await askForModel(service.url, { steps: 60 });
  await waitFor(service.url, model, ['ready']);
  return { browser, service, weatherId: stored.body.id, model };
}
const needed = await startedWithBrowser(start);

async function download(page: Page, format: 'PNG' | 'SVG'): Promise<Buffer> {
  return (await kept(page, () => page.getByRole('button', { name: `Download as ${format}` }).click())).content;
}

/** How many pixels of a picture are of each series' colour. */
function colours(picture: Buffer): { blue: number; orange: number } {
  const { data } = PNG.sync.read(picture);
  let [blue, orange] = [0, 0];
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 2] > data[at] + 60) blue++;
    if (data[at] > data[at + 2] + 60) orange++;
  }
  return { blue, orange };
}

/** Those of the first panel, once they are as expected. */
async function seen(page: Page, isExpected: (found: ReturnType<typeof colours>) => boolean): Promise<void> {
  const panel = page.locator('.pair-panel').first();
  await page.mouse.move(0, 0);
  await until(async () => {
    const found = colours(await panel.screenshot());
    return isExpected(found) ? undefined : `the panel has pixels of other colours: ${JSON.stringify(found)}`;
  });
}

/** Looks again until nothing is wrong; fails with what still is after half a minute. */
async function until(look: () => Promise<string | undefined>): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const wrong = await look();
    if (wrong === undefined) return;
    if (performance.now() > deadline) assert.fail(wrong);
    await setTimeout(100);
  }
}

/** What stands along the foot of each column. */
const feet = (page: Page) =>
  page.locator('.pair-foot').evaluateAll((axes) => axes.map(({ textContent }) => textContent ?? ''));

/** Once the texts along the feet are not these any more. */
async function changedFeet(page: Page, before: readonly string[]): Promise<string[]> {
  await until(async () => ((await feet(page)).join() === before.join() ? `the axes stay at ${before}` : undefined));
  return feet(page);
}

const isBlue = ({ blue, orange }: { blue: number; orange: number }) => blue > 500 && orange === 0;
const isBoth = ({ blue, orange }: { blue: number; orange: number }) => blue > 200 && orange > 200;

test(...withBrowser('a table’s columns against each other, moved and zoomed by mouse, keys and buttons'), async () => {
  const { browser, service, weatherId } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/datasets/${weatherId}`);
  const panel = page.getByRole('img', { name: /^wind against warmth, correlation / });
  await panel.waitFor();
  await page.getByText('Missing cells, which are left out: wind 30.').waitFor();
  assert.equal(await page.locator('.pair-panel').count(), 6);
  await seen(page, isBlue);
  assert.ok(isBlue(colours(await download(page, 'PNG'))));
  const svg = (await download(page, 'SVG')).toString();
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.ok((svg.match(/<circle /g)?.length ?? 0) > 1500, 'so few points are drawn as such');
  assert.doesNotMatch(svg, /class=|style=|var\(/);

  const whole = await feet(page);
  assert.match(whole.join(' '), /2024|Feb|April/, 'dates have an axis of dates');
  assert.ok(whole.some((text) => text.includes('true') && text.includes('false')));
  await panel.hover();
  await page.mouse.wheel(0, -400);
  const zoomed = await changedFeet(page, whole);
  assert.notEqual(zoomed[0], whole[0]);
  // Wind has a foot of its own, and moves with the panel; the two others stay.
  assert.notEqual(zoomed[1], whole[1]);
  assert.deepEqual(zoomed.slice(2), whole.slice(2));

  await page.getByRole('button', { name: 'Reset' }).click();
  assert.deepEqual(await changedFeet(page, zoomed), whole);
  await panel.focus();
  for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowRight');
  const moved = await changedFeet(page, whole);
  assert.equal(moved[1], whole[1]);
  await page.keyboard.press('0');
  assert.deepEqual(await changedFeet(page, moved), whole);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await changedFeet(page, whole);
  await panel.dblclick();

  const box = await panel.boundingBox();
  if (!box) throw new Error('expected a panel');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 100, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  assert.notEqual((await changedFeet(page, whole))[0], whole[0]);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test(...withBrowser('which columns are shown stands in the address'), async () => {
  const { browser, service, weatherId } = needed();
  const { page, faults } = await openPage(browser, service.url, { width: 380 });
  await page.goto(`/datasets/${weatherId}?columns=wind,warmth`);
  const panels = page.locator('.pair-panel');
  await panels.first().waitFor();
  assert.equal(await panels.count(), 1);
  assert.ok(await page.getByRole('button', { name: 'Leave out wind' }).isDisabled(), 'two columns are the fewest');
  await page.getByLabel('Add a column').selectOption('wet');
  await page.getByRole('img', { name: /^wet against warmth/ }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('columns'), 'wind,warmth,wet');
  await page.getByRole('button', { name: 'Leave out wind' }).click();
  await until(async () => ((await panels.count()) === 1 ? undefined : 'the columns stay as they were'));
  await page.reload();
  await page.getByRole('img', { name: /^wet against warmth/ }).waitFor();
  await page.getByLabel('Add a column').selectOption('day');
  await page.getByRole('img', { name: /^day against wet/ }).waitFor();
  await page.getByLabel('Add a column').selectOption('wind');
  await page.getByText('The first 3 of 4 columns: a wider window shows them all.').waitFor();
  assert.deepEqual(faults, []);
  await page.context().close();
});

test(
  ...withBrowser('a model’s samples over its rows, as many as are asked for, and alone when those are gone'),
  async () => {
    const { browser, service, model } = needed();
    const { page, faults } = await openPage(browser, service.url);
    await page.goto(`/models/${model}`);
    await page.getByRole('link', { name: 'Samples over data' }).click();
    const rows = page.getByRole('button', { name: 'rows 600' });
    await rows.waitFor();
    await page.getByRole('button', { name: 'samples 600' }).waitFor();
    await page.getByLabel('Samples', { exact: true }).fill('900');
    await page.getByLabel('Seed').fill('4');
    await page.getByRole('button', { name: 'Draw' }).click();
    const samples = page.getByRole('button', { name: 'samples 900' });
    await samples.waitFor();
    assert.equal(new URL(page.url()).search, '?n=900&seed=4&temperature=1');

    await seen(page, isBoth);
    await samples.click();
    await seen(page, isBlue);
    await samples.click();

    // The graphics card may be taken away, and come back.
    const lose =
      "document.querySelector('.pair-matrix canvas').getContext('webgl2')?.getExtension('WEBGL_lose_context')";
    if (await page.evaluate(`(window.lost = ${lose}) != null`)) {
      await page.evaluate('window.lost.loseContext()');
      await seen(page, (found) => !isBoth(found));
      await page.evaluate('window.lost.restoreContext()');
    }
    await seen(page, isBoth);

    const { body } = await call(`${service.url}/v1/models/${model}`);
    await fetch(`${service.url}/v1/datasets/${body.datasetId}`, { method: 'DELETE' });
    await page.reload();
    await page.getByText('Its dataset was deleted: there are no rows to compare with.').waitFor();
    await page.getByText('samples 900').waitFor();
    await seen(page, isBlue);
    await page.getByLabel('Samples', { exact: true }).fill('0');
    await page.getByRole('button', { name: 'Draw' }).click();
    assert.equal(await page.evaluate("document.querySelector('.sample-settings input').validity.rangeUnderflow"), true);
    assert.deepEqual(faults, []);
    await page.context().close();
  },
);

test(...withBrowser('without WebGL the points are drawn all the same'), async () => {
  const { browser, service, weatherId } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.addInitScript(`{
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind === '2d' ? getContext.call(this, kind, ...rest) : null;
    };
  }`);
  await page.goto(`/datasets/${weatherId}?columns=warmth,wind`);
  await page.locator('.pair-panel').waitFor();
  await seen(page, isBlue);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test(...withBrowser('pair plots suit axe, light and dark, and fit 380 pixels'), async () => {
  const { browser, service, weatherId, model } = needed();
  for (const [width, colorScheme] of [
    [380, 'light'],
    [1440, 'dark'],
  ] as const) {
    const { page, faults } = await openPage(browser, service.url, { width, colorScheme });
    for (const path of [`/datasets/${weatherId}`, `/models/${model}/samples`]) {
      await page.goto(path);
      await page.locator('.pair-panel').first().waitFor();
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path} is too wide`);
      assert.deepEqual(await violations(page), [], `${path}, ${colorScheme}`);
    }
    assert.deepEqual(faults, []);
    await page.context().close();
  }
});
