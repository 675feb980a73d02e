/**
 * Trains a flow on two moons, plays it layer by layer in the console, and keeps what is seen as an animation.
 * Run: node scripts/animation.ts [--flow planar] [--seconds 60] [--model http://127.0.0.1:3000/models/<id>] [--out docs/flow.gif]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import gifenc from 'gifenc';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { loadConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { startService } from '../src/service.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { twoMoons } from '../test/support/two-moons.ts';

const { values: options } = parseArgs({
  options: {
    flow: { type: 'string', default: 'planar' },
    seconds: { type: 'string', default: '60' },
    model: { type: 'string' },
    out: { type: 'string', default: 'docs/flow.gif' },
  },
});

const width = 640;
const points = 500;
/** Frames from the base to the data, and back; at either end the animation rests. */
const frames = { there: 47, back: 10 };
const frameMilliseconds = 80;
const restMilliseconds = 1600;
/** On a busy machine the page takes its time. */
const patienceMilliseconds = 120_000;
/** So few make a small file; one more stands for what has not changed. */
const colours = 63;

await using resources = new AsyncDisposableStack();
const model = options.model ?? (await trainedModel());
const browser = await launchBrowser();
resources.defer(() => browser.close());
const page = await openedPage(`${model}/layers?n=${points}&at=0`);
const last = Number(await page.getByRole('slider').getAttribute('max'));

const pictures: { readonly picture: PNG; readonly milliseconds: number }[] = [];
for (const { position, milliseconds } of positions())
  pictures.push({ picture: await pictureAt(position), milliseconds });
const bytes = encoded();
await writeFile(options.out, bytes);
console.log(`${options.out}: ${pictures.length} frames, ${bytes.length} bytes`);

/** Its page, on a service that ends with this program. */
async function trainedModel(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'animation-'));
  resources.defer(() => rm(directory, { recursive: true }));
  const service = await startService(
    loadConfig({ DATA_DIR: directory, PORT: '0', MAX_EVENT_LOOP_DELAY: '60000' }),
    createLog('warn'),
  );
  resources.defer(() => service.close());
  const rows = twoMoons(2000, { noise: 0.05, seed: 1 });
  const body = {
    name: 'two moons',
    columns: ['x', 'y'],
    rows: Array.from({ length: 2000 }, (_, row) => [...rows.subarray(2 * row, 2 * row + 2)]),
  };
  const { id: datasetId } = await asked(`${service.url}/v1/datasets`, body);
  const training = { budgetSeconds: Number(options.seconds) };
  const { id } = await asked(`${service.url}/v1/models`, { datasetId, flow: options.flow, training });
  for (;;) {
    const { status, error } = await asked(`${service.url}/v1/models/${id}`);
    if (status === 'ready') return `${service.url}/models/${id}`;
    if (error) throw new Error(`The model is ${status}: ${error.message}`);
    await setTimeout(1000);
  }
}

async function asked(url: string, body?: object): Promise<{ id: string; status: string; error?: { message: string } }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, body && { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Awaited<ReturnType<typeof asked>>;
}

/** Of the figure the animation has the title and the picture, as wide as it shall be. */
async function openedPage(url: string): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 1100 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  const opened = await context.newPage();
  opened.setDefaultTimeout(patienceMilliseconds);
  await opened.goto(url);
  await opened.locator('.layers-canvas').waitFor();
  await opened.getByText('The fine dots at both ends').waitFor();
  await opened.evaluate(`{
    const set = (selector, style) => Object.assign(document.querySelector(selector).style, style);
    set('.layers', { gridTemplateColumns: '${width - 32}px 1fr' });
    set('.layers .downloads', { display: 'none' });
    set('.layers-caption .muted', { display: 'none' });
    set('.layers-caption', { minHeight: 0 });
    set('.layers-canvas', { boxShadow: 'none' });
  }`);
  return opened;
}

/** Slowly to the data, and quickly back. */
function* positions(): Generator<{ position: number; milliseconds: number }> {
  const eased = (t: number) => t * t * (3 - 2 * t);
  for (let frame = 0; frame <= frames.there; frame++) {
    const rests = frame === 0 || frame === frames.there;
    yield {
      position: last * (0.35 * eased(frame / frames.there) + 0.65 * (frame / frames.there)),
      milliseconds: rests ? restMilliseconds : frameMilliseconds,
    };
  }
  for (let frame = 1; frame < frames.back; frame++)
    yield { position: last * (1 - eased(frame / frames.back)), milliseconds: frameMilliseconds };
}

async function pictureAt(position: number): Promise<PNG> {
  await page.evaluate(`{
    const slider = document.querySelector('.layers-scrubber input');
    slider.value = ${position};
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  }`);
  // What is drawn, and what is said of it.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  const box = await page.locator('.layers-figure').boundingBox();
  const title = await page.locator('.layers-caption').boundingBox();
  if (!box || !title) throw new Error('The figure is not on the page');
  const clip = { x: box.x - 16, y: title.y - 8, width, height: Math.round(box.y + box.height - title.y) + 16 };
  return PNG.sync.read(await page.screenshot({ clip }));
}

/** With one palette for all; what is as it was before is left out. */
function encoded(): Uint8Array {
  const [{ picture: first }] = pictures;
  const sample = Buffer.concat(pictures.filter((_, index) => index % 8 === 0).map(({ picture }) => picture.data));
  const palette = gifenc.quantize(new Uint8Array(sample), colours);
  const unchanged = palette.push([0, 0, 0]) - 1;
  const gif = gifenc.GIFEncoder();
  let before: Uint8Array | undefined;
  for (const { picture, milliseconds: delay } of pictures) {
    const index = gifenc.applyPalette(new Uint8Array(picture.data), palette.slice(0, unchanged));
    const changes = index.map((colour, pixel) => (before?.[pixel] === colour ? unchanged : colour));
    const options = { transparent: before !== undefined, transparentIndex: unchanged, delay, dispose: 1 };
    gif.writeFrame(changes, first.width, first.height, before ? options : { ...options, palette });
    before = index;
  }
  gif.finish();
  return gif.bytes();
}
