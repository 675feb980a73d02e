/**
 * Draws the pictures of the page on which a model is asked for: what each preset learns of one and the same table. Each is a
 * mask, as opaque as the density is high, so that the page can fill it with a colour of its own.
 * Run: node scripts/preset-pictures.ts [--rows 4000] [--seconds 60] [--seed 1]
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { PNG } from 'pngjs';
import { drawRows, type ToyTable, toyTables } from '../bench/density/toy-tables.ts';
import { onnxRuntime } from '../src/engine/onnxruntime.ts';
import type { Density } from '../src/flow/density.ts';
import { anomaly, auto, presets } from '../src/flow/presets.ts';
import { logProbProgram } from '../src/flow/programs/log-prob.ts';
import { RandomStream } from '../src/flow/random/stream.ts';
import { anomalyFlows, autoCandidates, type Candidate, resolveFlow } from '../src/flow/spec.ts';
import { type Fit, fit } from '../src/training/fit.ts';
import { anomalyTraining, resolveTraining, type TrainingOptions } from '../src/training/recipe.ts';
import { tasksHere } from '../src/training/tasks.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '4000' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
  },
});
const rows = Number(options.rows);
const seed = Number(options.seed);
const budgetSeconds = Number(options.seconds);

const pixels = 144;
/** Steps of opacity: bands like those of a map, which compress well. */
const bands = 10;
/** How opaque a candidate is that did not win the race. */
const faint = 0.35;
const directory = new URL('../console/src/pages/new-model/pictures/', import.meta.url);

const toy = toyTables.find(({ name }) => name === 'pinwheel') ?? toyTables[0];
const values = drawRows(toy, rows, new RandomStream(seed + 1, 'noise'));
const place = { columns: 2, rows, path: '', seed };
const highest = highestDensity(toy);

const masks = new Map<string, Float64Array>();
for (const name of presets.keys()) await picture(name, await train([{ name, ...resolveFlow(name, place) }], {}));
const members = anomalyFlows(place);
await picture(anomaly, await train(members, { ensemble: members.length, ...anomalyTraining(place) }));

const candidates = autoCandidates(place);
const { winners } = await train(candidates, {}, true);
const race: Float64Array[] = [];
for (const [index, candidate] of candidates.entries()) {
  const mask = masks.get(candidate.name) ?? (await maskOf((await train([candidate], {})).density));
  race.push(winners.includes(index) ? mask : mask.map((opacity) => faint * opacity));
}
await save(auto, race, 3);

async function picture(name: string, { density }: Fit): Promise<void> {
  const mask = await maskOf(density);
  masks.set(name, mask);
  await save(name, [mask], 1);
}

async function train(flows: readonly Candidate[], asked: TrainingOptions, isRace = false): Promise<Fit> {
  const training = resolveTraining({ budgetSeconds, ...asked }, { rows, race: isRace });
  const table = { rows: { values, columns: ['x', 'y'] }, context: 0 };
  const problem = { ...table, candidates: flows.map(({ spec }) => spec), training, seed, threads: 1 };
  const trained = await fit(tasksHere(onnxRuntime), problem, { stop: new Int32Array(new SharedArrayBuffer(4)) });
  if (!trained) throw new Error('Training was stopped');
  console.log(flows.map(({ name }) => name).join(', '), trained.metrics.testLogProb.toFixed(3));
  return trained;
}

/** Opacities [pixels, pixels], from 0 to 1. */
async function maskOf(density: Density): Promise<Float64Array> {
  const scorer = await onnxRuntime.load(logProbProgram(density));
  const { logProb } = await scorer.run({ rows: { values: gridOf(toy), shape: [pixels * pixels, 2] } });
  await scorer.release();
  // The root shows the tails, too.
  return Float64Array.from(logProb.values, Number).map((value) => Math.sqrt(Math.min(1, Math.exp(value) / highest)));
}

/** The density that most of the rows are below, so that the pictures can be compared. */
function highestDensity({ logDensity }: ToyTable): number {
  const densities = Float64Array.from({ length: rows }, (_, row) => logDensity(values[2 * row], values[2 * row + 1]));
  return Math.exp(densities.toSorted()[Math.floor(0.6 * rows)]);
}

/** The centres of the pixels, from the upper left. */
function gridOf({ window: [left, right, bottom, top] }: ToyTable): Float64Array {
  return Float64Array.from({ length: 2 * pixels * pixels }, (_, index) => {
    const pixel = Math.floor(index / 2);
    return index % 2 === 0
      ? left + (((pixel % pixels) + 0.5) * (right - left)) / pixels
      : top - ((Math.floor(pixel / pixels) + 0.5) * (top - bottom)) / pixels;
  });
}

/** Writes masks side by side, so many in a row, all of them together as wide as one. */
async function save(name: string, all: readonly Float64Array[], across: number): Promise<void> {
  const size = Math.floor(pixels / across);
  const height = size * Math.ceil(all.length / across);
  const image = new PNG({ width: size * across, height });
  for (const [index, mask] of all.entries())
    for (let pixel = 0; pixel < size * size; pixel++) {
      const [row, column] = [Math.floor(pixel / size), pixel % size];
      const opacity = Math.round(bands * meanOf(mask, row, column, across)) / bands;
      const at = (Math.floor(index / across) * size + row) * image.width + (index % across) * size + column;
      image.data[4 * at + 3] = Math.round(255 * opacity);
    }
  const bytes = PNG.sync.write(image, { colorType: 4, deflateLevel: 9 });
  await writeFile(new URL(`${name}.png`, directory), bytes);
  console.log(`${name}.png`, bytes.length, 'bytes');
}

/** The mean opacity of the square of `across` times `across` pixels that one pixel of a smaller picture stands for. */
function meanOf(mask: Float64Array, row: number, column: number, across: number): number {
  let total = 0;
  for (let y = 0; y < across; y++)
    for (let x = 0; x < across; x++) total += mask[(row * across + y) * pixels + column * across + x];
  return total / across ** 2;
}
