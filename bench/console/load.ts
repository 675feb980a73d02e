/**
 * How much the console takes to load, and how long: `/` and the page of a trained model, each in a fresh profile of Chromium, as fast
 * as the machine is and on a slow line with a slow processor. Run: node bench/console/load.ts [--rounds 3]
 */
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../test/support/browser.ts';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { askForModel, startProcess, waitFor } from '../../test/support/service.ts';
import { type Conditions, type Load, loadPage } from './page-load.ts';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Number(options.rounds);

const conditions: readonly Conditions[] = [
  { name: 'unthrottled' },
  { name: '1.6 Mbit/s, 150 ms, 4x slower processor', bitsPerSecond: 1.6e6, latency: 150, slowdown: 4 },
];
/** What the first load of a page may take, compressed. */
const mostBytes = 300_000;

const milliseconds = (value: number) => `${Math.round(value)} ms`;
const kilobytes = (value: number) => `${(value / 1000).toFixed(1)} kB`;

/** The median of some of the loads, by one of its numbers. */
const median = (loads: readonly Load[], number: (load: Load) => number) =>
  loads.map(number).sort((a, b) => a - b)[Math.floor(loads.length / 2)];

/** Several times, each in a profile of its own. */
async function loads(browser: Browser, url: string, condition: Conditions): Promise<Load[]> {
  const all: Load[] = [];
  for (let round = 0; round < rounds; round++) all.push(await loadPage(browser, url, condition));
  return all;
}

async function measure(browser: Browser, pages: Readonly<Record<string, string>>): Promise<void> {
  const summary: object[] = [];
  for (const [page, url] of Object.entries(pages)) {
    for (const condition of conditions) {
      const all = await loads(browser, url, condition);
      const [{ files, bytes }] = all;
      summary.push({
        page,
        line: condition.name,
        requests: files.length,
        'over the wire': kilobytes(bytes),
        'first contentful paint': milliseconds(median(all, (load) => load.firstContentfulPaint)),
        interactive: milliseconds(median(all, (load) => load.interactive)),
        'in long tasks': milliseconds(
          median(all, (load) => load.longTasks.reduce((sum, task) => sum + task.duration, 0)),
        ),
      });
      if (condition !== conditions[0]) continue;
      console.log(`\n${page}, file by file:`);
      console.table(files);
      if (bytes <= mostBytes) continue;
      console.log(`${page} takes ${kilobytes(bytes)}: more than ${kilobytes(mostBytes)}`);
      process.exitCode = 1;
    }
  }
  console.log(`\nMedians of ${rounds} loads:`);
  console.table(summary);
}

await using directory = await temporaryDirectory();
await using service = await startProcess({ DATA_DIR: directory.path });
const id = await askForModel(service.url, { steps: 300 });
await waitFor(service.url, id, ['ready'], 120);
const browser = await launchBrowser();
try {
  // What the browser itself does when it starts is no part of it.
  await loadPage(browser, `${service.url}/`, conditions[0]);
  await measure(browser, { 'the first page': `${service.url}/`, 'a model': `${service.url}/models/${id}` });
} finally {
  await browser.close();
}
