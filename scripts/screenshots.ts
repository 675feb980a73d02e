/**
 * Takes pictures of every page of the console, of a service of its own with real tables and models on them: light and dark, at 1440
 * and at 380 pixels. For who works on the console. Run: node scripts/screenshots.ts FOLDER, or, for the pictures of the README,
 * node scripts/screenshots.ts --readme
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage } from '../test/support/browser.ts';
import { temporaryDirectory } from '../test/support/postgres.ts';
import { startProcess } from '../test/support/service.ts';
import { beginSweep, beginTraining, furnish } from './screenshots/furnish.ts';
import { shoot } from './screenshots/shoot.ts';
import { everyView, liveViews, type View } from './screenshots/views.ts';

/** What the README shows: files in docs, and the view in each, as high as what belongs to it. */
const readmePictures = [
  { file: 'console-density.png', name: 'model-moons-density', height: 1060 },
  { file: 'console-samples.png', name: 'model-penguins-samples', height: 1740 },
  { file: 'console-new-model.png', name: 'new-model', height: 1420 },
] as const;
const readmeWidth = 1280;

const looks = [1440, 380].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

/** Every view in every look, the whole page, and what is wrong with it. */
async function shootAll(browser: Browser, views: readonly View[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const look of looks) {
    const { page, faults } = await openPage(browser, new URL(views[0].url).origin, look);
    for (const view of views) {
      const path = join(folder, `${view.name}-${look.width}-${look.colorScheme}.png`);
      const before = faults.length;
      await shoot(page, view, path);
      for (const fault of faults.slice(before)) console.log(`${path}: ${fault}`);
      if (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
        console.log(`${path}: the page scrolls sideways`);
    }
    await page.context().close();
  }
  console.log(`${views.length * looks.length} pictures in ${folder}`);
}

/** Those of the README, as much of them as a window shows. */
async function shootReadme(browser: Browser, views: readonly View[]): Promise<void> {
  for (const { file, name, height } of readmePictures) {
    const view = views.find((each) => each.name === name);
    if (!view) throw new Error(`No view is called ${name}: ${views.map((each) => each.name).join(', ')}`);
    const { page } = await openPage(browser, new URL(view.url).origin, { width: readmeWidth, colorScheme: 'light' });
    await page.setViewportSize({ width: readmeWidth, height });
    await shoot(page, view, join(import.meta.dirname, '..', 'docs', file), false);
    await page.context().close();
    console.log(`docs/${file}`);
  }
}

const { values: options, positionals } = parseArgs({
  options: { readme: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined && !options.readme) throw new Error('Usage: node scripts/screenshots.ts [--readme] [FOLDER]');

await using directory = await temporaryDirectory();
await using service = await startProcess({ DATA_DIR: directory.path });
const browser = await launchBrowser();
try {
  const furniture = await furnish(service.url);
  const views = await everyView(browser, service.url, furniture);
  if (options.readme) await shootReadme(browser, views);
  if (folder !== undefined) {
    await shootAll(browser, views, folder);
    // Last, for it keeps the machine busy.
    const { moons } = furniture.datasets;
    const sweep = await beginSweep(service.url, moons, { budgetSeconds: 30 });
    const model = await beginTraining(service.url, moons);
    await shootAll(browser, liveViews(service.url, { model, sweep }), folder);
  }
} finally {
  await browser.close();
}
