import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { openPage, serviceAndBrowser, startedWithBrowser, withBrowser } from '../support/browser.ts';
import { kept, violations } from '../support/console.ts';
import { askForModel, call, postJson, type ServiceProcess, waitFor } from '../support/service.ts';

const resources = new AsyncDisposableStack();
after(() => resources.disposeAsync());

const planar = { layers: [{ type: 'planar' }, { type: 'planar' }, { type: 'planar' }] };

async function start(): Promise<{ browser: Browser; service: ServiceProcess; model: string; conditional: string }> {
  const { service, browser } = await serviceAndBrowser(resources);
  const model = await askForModel(service.url, { steps: 60 }, { flow: planar });
  await waitFor(service.url, model, ['ready']);
  const lines = Array.from(
    { length: 90 },
    (_, row) => `${Math.sin(row)},${row % 7},${Math.cos(3 * row)},side ${row % 2}`,
  );
  const dataset = await call(`${service.url}/v1/datasets?name=waves`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: ['a,b,c,side', ...lines].join('\n'),
  });
  const flow = {
    layers: [
      { type: 'coupling', hidden: [4] },
      { type: 'permutation', kind: 'reverse' },
    ],
  };
  const asked = { datasetId: dataset.body.id, context: ['side'], flow, training: { steps: 20 } };
  const conditional = (await postJson(`${service.url}/v1/models`, asked)).body.id;
  await waitFor(service.url, conditional, ['ready']);
  return { browser, service, model, conditional };
}
const needed = await startedWithBrowser(start);

const state = (page: Page) => page.locator('.layers-now strong').textContent();
const at = (page: Page) => new URL(page.url()).searchParams.get('at');

/** The parts of the picture that are coloured, as points are, and neither paper nor ink. */
async function coloured(page: Page): Promise<number> {
  const { data } = PNG.sync.read(await page.locator('.layers-canvas').screenshot());
  let count = 0;
  for (let pixel = 0; pixel < data.length; pixel += 4) {
    const [r, g, b] = data.subarray(pixel, pixel + 3);
    if (Math.max(r, g, b) - Math.min(r, g, b) > 60) count++;
  }
  return count / (data.length / 4);
}

test(
  ...withBrowser('it plays of itself, is stopped, and goes from layer to layer by keys; the address tells where it is'),
  async () => {
    const { browser, service, model } = needed();
    const { page, faults } = await openPage(browser, service.url);
    await page.goto(`/models/${model}`);
    await page.getByRole('link', { name: 'Layer by layer' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    // It begins by itself, and comes to the last layer.
    await page.locator('.layers-now', { hasText: 'Planar 3 of 3' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    assert.ok(Number(at(page)) > 2, page.url());
    await page.getByRole('slider').focus();
    await page.keyboard.press('Home');
    assert.deepEqual([await state(page), at(page)], ['The base: normal', '0']);
    await page.getByText('Where it all begins. The normal distribution').waitFor();
    await page.keyboard.press('ArrowRight');
    assert.deepEqual([await state(page), at(page)], ['Planar 1 of 3', '1']);
    await page.getByText(/Across its line, towards the data: [×÷]/).waitFor();
    await page.getByRole('img', { name: '1,000 samples, and a grid, at “planar 1 of 3”: z1 across' }).waitFor();
    assert.ok((await coloured(page)) > 0.01);
    await page.getByRole('button', { name: 'The next layer' }).click();
    await page.keyboard.press('End');
    assert.deepEqual([await state(page), at(page)], ['The data', '4']);
    await page.reload();
    await page.locator('.layers-now', { hasText: 'The data' }).waitFor();
    await page.getByRole('button', { name: 'Play' }).waitFor();
    // Space on the slider plays; from the data that is backwards.
    await page.getByRole('slider').focus();
    await page.keyboard.press('Space');
    await page.locator('.layers-now', { hasText: 'Planar 2 of 3' }).waitFor();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Play' }).waitFor();
    assert.deepEqual(faults, []);
  },
);

test(
  ...withBrowser('rows of the dataset in place of samples, circles in place of squares, and both as files'),
  async () => {
    const { browser, service, model } = needed();
    const { page, faults } = await openPage(browser, service.url);
    await page.goto(`/models/${model}/layers?at=4`);
    await page.getByRole('img', { name: /^1,000 samples/ }).waitFor();
    await page.getByRole('combobox', { name: 'Points' }).selectOption('Rows of the dataset');
    await page.getByRole('img', { name: /^600 rows of the dataset/ }).waitFor();
    await page.getByRole('combobox', { name: 'Grid' }).selectOption('Circles and rays');
    await page.waitForURL(/grid=circles/);
    await page.getByRole('img', { name: /^600 rows of the dataset/ }).waitFor();
    await page.getByRole('slider').focus();
    await page.keyboard.press('End');
    for (const [format, begins] of [
      ['PNG', '\u0089PNG'],
      ['SVG', '<svg xmlns='],
    ]) {
      const { name, content: bytes } = await kept(page, () =>
        page.getByRole('button', { name: `Download as ${format}: ` }).click(),
      );
      assert.match(name, new RegExp(`the-table-s-units\\.${format.toLowerCase()}$`));
      assert.ok(bytes.toString('latin1').startsWith(begins), bytes.toString('latin1', 0, 40));
      assert.ok(bytes.length > 10_000);
    }
    assert.deepEqual(faults, []);
  },
);

test(...withBrowser('what a conditional model is given can be chosen, and so can columns'), async () => {
  const { browser, service, conditional } = needed();
  const { page, faults } = await openPage(browser, service.url);
  await page.goto(`/models/${conditional}/layers?given={"side":"side 7"}`);
  await page.getByRole('alert').getByText('Expected one of "side 0", "side 1"').waitFor();
  await page.getByLabel('Given side').selectOption('side 1');
  await page.waitForURL(/side\+1/);
  await page.getByRole('img', { name: /^1,000 samples/ }).waitFor();
  await page.getByRole('combobox', { name: 'Upwards' }).selectOption('c');
  await page.waitForURL(/y=c/);
  await page.getByRole('img', { name: /^1,000 samples/ }).waitFor();
  await page.getByRole('slider').focus();
  await page.keyboard.press('End');
  await page.getByRole('img', { name: /“the table’s units”: a across, c upwards/ }).waitFor();
  assert.deepEqual(faults, []);
});

test(
  ...withBrowser('it suits axe, light and dark, fits 380 pixels, and does not move where that is not wanted'),
  async () => {
    const { browser, service, model, conditional } = needed();
    for (const [width, colorScheme] of [
      [380, 'light'],
      [1440, 'dark'],
    ] as const) {
      const { page, faults } = await openPage(browser, service.url, { width, colorScheme });
      await page.emulateMedia({ reducedMotion: 'reduce', colorScheme });
      for (const path of [`/models/${model}/layers`, `/models/${conditional}/layers?given={"side":"side 0"}`]) {
        await page.goto(path);
        await page.getByRole('img', { name: /^1,000 samples.* at “base”/ }).waitFor();
        await page.getByRole('button', { name: 'Play' }).waitFor();
        await page.getByText(/^Where it all begins\. ./).waitFor();
        assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path} is too wide`);
        assert.deepEqual(await violations(page), [], `${path}, ${colorScheme}`);
      }
      assert.deepEqual(faults, []);
      await page.context().close();
    }
  },
);
