/**
 * Trains the default flow on two moons and draws its density beside samples from it.
 * Run: node bench/two-moons/run.ts [--rows 2000] [--noise 0.05] [--seed 0] [--out docs/two-moons.png]
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { PNG } from 'pngjs';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { noiseColumns } from '../../src/flow/density.ts';
import { logProbProgram } from '../../src/flow/programs/log-prob.ts';
import { sampleProgram } from '../../src/flow/programs/sample.ts';
import { normalRows } from '../../src/flow/random/stream.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { fit } from '../../src/training/fit.ts';
import { resolveTraining } from '../../src/training/recipe.ts';
import { tasksHere } from '../../src/training/tasks.ts';
import { twoMoons } from '../../test/support/two-moons.ts';
import { shade } from '../colours.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000' },
    noise: { type: 'string', default: '0.05' },
    seed: { type: 'string', default: '0' },
    out: { type: 'string', default: 'docs/two-moons.png' },
  },
});
const rowCount = Number(options.rows);
const values = twoMoons(rowCount, { noise: Number(options.noise), seed: Number(options.seed) + 1 });
const { spec } = resolveFlow('spline', { columns: 2, rows: rowCount, path: '' });
const training = resolveTraining({}, { rows: rowCount });
const started = performance.now();
const result = await fit(
  tasksHere(onnxRuntime),
  {
    rows: { values, columns: ['x', 'y'] },
    candidates: [spec],
    training,
    context: 0,
    seed: Number(options.seed),
    threads: 1,
  },
  { stop: new Int32Array(new SharedArrayBuffer(4)) },
);
if (!result) throw new Error('Training was stopped');
const seconds = (performance.now() - started) / 1000;
const { testLogProb, gaussianTestLogProb } = result.metrics;
const gain = testLogProb - (gaussianTestLogProb ?? Number.NaN);
console.log(
  `test log-likelihood ${testLogProb.toFixed(3)}, Gaussian ${gaussianTestLogProb?.toFixed(3)}, gain ${gain.toFixed(3)} nats, ${seconds.toFixed(1)} s`,
);

const [left, top, width, height] = [-1.6, 1.6, 4.2, 2.7];
const pixels = 420;
const rows = Math.round((pixels * height) / width);
const picture = new PNG({ width: 2 * pixels, height: rows });

const grid = Float64Array.from({ length: rows * pixels * 2 }, (_, index) => {
  const pixel = Math.floor(index / 2);
  return index % 2 === 0
    ? left + (((pixel % pixels) + 0.5) * width) / pixels
    : top - ((Math.floor(pixel / pixels) + 0.5) * height) / rows;
});
const scorer = await onnxRuntime.load(logProbProgram(result.density));
const { logProb } = await scorer.run({ rows: { values: grid, shape: [rows * pixels, 2] } });
const densities = Array.from(logProb.values, Number).map(Math.exp);
const highest = densities.toSorted((a, b) => a - b)[Math.floor(densities.length * 0.998)];
for (const [index, density] of densities.entries())
  paint(index % pixels, Math.floor(index / pixels), shade(Math.min(1, density / highest)));

const sampler = await onnxRuntime.load(sampleProgram(result.density));
const shape = [2048, noiseColumns(result.density)];
const drawn = await sampler.run({ noise: { values: normalRows(1, 0, shape[0], shape[1]), shape } });
for (let x = pixels; x < 2 * pixels; x++) for (let y = 0; y < rows; y++) paint(x, y, [255, 255, 255]);
for (let row = 0; row < 2000; row++) {
  const x = Math.round(pixels + ((Number(drawn.rows.values[2 * row]) - left) * pixels) / width);
  const y = Math.round(((top - Number(drawn.rows.values[2 * row + 1])) * rows) / height);
  for (const [dx, dy] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ])
    if (x + dx >= pixels) paint(x + dx, y + dy, [38, 84, 160]);
}
await writeFile(options.out, PNG.sync.write(picture));
await scorer.release();
await sampler.release();

function paint(x: number, y: number, [red, green, blue]: readonly number[]): void {
  if (x < 0 || x >= picture.width || y < 0 || y >= picture.height) return;
  picture.data.set([red, green, blue, 255], 4 * (y * picture.width + x));
}
