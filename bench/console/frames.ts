/**
 * How many frames a second the pair plots have in a browser while they are dragged and zoomed by the mouse: a table of 100,000
 * rows, alone and with as many samples of a model. Frames are told by the page's own animation frames. Without a graphics card
 * the browser computes all pixels on the processor, which it shares with the service.
 * Run: node bench/console/frames.ts [--rows 100000] [--seconds 5] [--columns 2,3,5]
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { launchBrowser, openPage } from '../../test/support/browser.ts';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { call, postJson, startProcess, waitFor } from '../../test/support/service.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '5' },
    columns: { type: 'string', default: '2,3,5' },
  },
});
const rows = Number(options.rows);
const milliseconds = 1000 * Number(options.seconds);
const names = ['a', 'b', 'c', 'd', 'e'];
const print = (values: object) => console.log(JSON.stringify(values));

/** Two clusters, a wave, a parabola and a ring. */
function table(): string {
  const random = new RandomStream(1, 'noise');
  const lines = Array.from({ length: rows }, () => {
    const a = random.uniform() < 0.4 ? 0.6 * random.normal() - 2 : random.normal();
    const angle = 2 * Math.PI * random.uniform();
    const radius = 2 + 0.2 * random.normal();
    const columns = [a, Math.sin(1.5 * a) + 0.3 * random.normal(), 0.5 * a * a + 0.4 * random.normal()];
    return [...columns, radius * Math.cos(angle), radius * Math.sin(angle)].map((value) => value.toFixed(5)).join(',');
  });
  return [names.join(','), ...lines].join('\n');
}

/** A page counts its frames from here on, and how many points they have, until it is asked for them. */
const startCounting = `{
  const canvas = document.querySelector('.pair-matrix canvas');
  const counted = (window.counted = { times: [], points: [] });
  const count = (time) => {
    if (window.counted !== counted) return;
    counted.times.push(time);
    counted.points.push(Number(canvas.dataset.points));
    requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
}`;
const stopCounting = '(({ counted }) => ((window.counted = undefined), counted))(window)';

interface Frames {
  readonly frames: number;
  readonly medianPerSecond: number;
  /** Of the slowest twentieth of the frames the quickest. */
  readonly slowestPerSecond: number;
  readonly longestMilliseconds: number;
  /** How many points a panel has, in the median frame. */
  readonly points: number;
  /** What a frame takes of the processors, in milliseconds: of the page's process, and of that which draws for it. */
  readonly pageMilliseconds: number;
  readonly drawingMilliseconds: number;
}

/** Seconds of the processors that the browser's processes of a type have used. */
async function processorSeconds(type: 'renderer' | 'GPU'): Promise<number> {
  const { processInfo } = await system.send('SystemInfo.getProcessInfo');
  return processInfo.reduce((sum, process) => sum + (process.type === type ? process.cpuTime : 0), 0);
}

/** What the page counts while something is done again and again. */
async function frames(page: Page, act: (step: number) => Promise<void>): Promise<Frames> {
  const before = [await processorSeconds('renderer'), await processorSeconds('GPU')];
  await page.evaluate(startCounting);
  const until = performance.now() + milliseconds;
  for (let step = 0; performance.now() < until; step++) await act(step);
  const { times, points }: { times: number[]; points: number[] } = await page.evaluate(stopCounting);
  const after = [await processorSeconds('renderer'), await processorSeconds('GPU')];
  const [pageMilliseconds, drawingMilliseconds] = after.map(
    (seconds, type) => Math.round((10_000 * (seconds - before[type])) / times.length) / 10,
  );
  const gaps = times
    .slice(1)
    .map((time, index) => time - times[index])
    .sort((a, b) => a - b);
  const perSecond = (part: number) => Math.round(10_000 / gaps[Math.floor(part * (gaps.length - 1))]) / 10;
  return {
    frames: gaps.length,
    medianPerSecond: perSecond(0.5),
    slowestPerSecond: perSecond(0.95),
    longestMilliseconds: Math.round(gaps[gaps.length - 1]),
    points: points.sort((a, b) => a - b)[Math.floor(points.length / 2)],
    pageMilliseconds,
    drawingMilliseconds,
  };
}

/** Moves round and round, and in and out, over the lowest panel at the left, which shares its columns with most others. */
async function measure(page: Page, path: string): Promise<void> {
  await page.goto(path);
  const panel = page.locator('.pair-panel').nth(-1);
  await panel.waitFor({ timeout: 120_000 });
  await panel.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await panel.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const [middleX, middleY] = [x + width / 2, y + height / 2];
  await page.mouse.move(middleX, middleY);
  await page.mouse.down();
  const drag = (step: number) =>
    page.mouse.move(middleX + 0.3 * width * Math.sin(step / 15), middleY + 0.3 * height * Math.cos(step / 15));
  // What the machine is able to do is found out first.
  await frames(page, drag);
  print({ path, dragged: await frames(page, drag) });
  await page.mouse.up();
  print({ path, zoomed: await frames(page, (step) => page.mouse.wheel(0, step % 80 < 40 ? -40 : 40)) });
}

await using data = await temporaryDirectory();
await using service = await startProcess({ DATA_DIR: data.path, LOG_LEVEL: 'info' });
const headers = { 'content-type': 'text/csv' };
const dataset = await call(`${service.url}/v1/datasets?name=large`, { method: 'POST', headers, body: table() });
const asked = { datasetId: dataset.body.id, flow: 'real-nvp', training: { steps: 300 } };
const model = await postJson(`${service.url}/v1/models`, asked);
await waitFor(service.url, model.body.id, ['ready']);

const browser = await launchBrowser();
const system = await browser.newBrowserCDPSession();
const { page, faults } = await openPage(browser, service.url, { width: 1280 });
await page.goto('/');
const renderer = `{
  const gl = document.createElement('canvas').getContext('webgl2');
  gl ? gl.getParameter(gl.getExtension('WEBGL_debug_renderer_info').UNMASKED_RENDERER_WEBGL) : 'none';
}`;
print({ browser: browser.version(), renderer: await page.evaluate(renderer), rows });
for (const columns of options.columns.split(',').map(Number)) {
  const query = `columns=${names.slice(0, columns).join(',')}`;
  await measure(page, `/datasets/${dataset.body.id}?${query}`);
  await measure(page, `/models/${model.body.id}/samples?n=${Math.min(rows, 100_000)}&${query}`);
}
// What else the machine does takes from the frames.
print({ load: loadavg()[0], faults });
await browser.close();
