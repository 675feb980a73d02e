/**
 * Trains a flow on each of six densities of the plane that are known exactly, draws them beside it, and measures the
 * Kullback-Leibler divergence from the truth to the flow on fresh rows.
 * Run: node bench/density/toys.ts [--flow auto] [--rows 5000] [--seed 1] [--out docs/toy-densities.png]
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { PNG } from 'pngjs';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { Density } from '../../src/flow/density.ts';
import { logProbProgram } from '../../src/flow/programs/log-prob.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { shade } from '../colours.ts';
import { processorSeconds } from './clock.ts';
import { fitPushforward } from './pushforward.ts';
import { drawRows, type ToyTable, toyTables } from './toy-tables.ts';

const { values: options } = parseArgs({
  options: {
    flow: { type: 'string', default: 'auto' },
    rows: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'docs/toy-densities.png' },
  },
});

const freshRows = 20_000;
const pixels = 240;
const gap = 8;
const picture = new PNG({ width: 2 * pixels + gap, height: toyTables.length * (pixels + gap) - gap });
picture.data.fill(255);

const seed = Number(options.seed);
const lines: object[] = [];
for (const [index, toy] of toyTables.entries()) {
  // Training draws by `seed` itself.
  const values = drawRows(toy, Number(options.rows), new RandomStream(seed + 1, 'noise'));
  const started = processorSeconds();
  const { density } = await fitPushforward(
    { columns: ['x', 'y'], values, seed, flow: options.flow, options: {} },
    () => {},
  );
  const seconds = processorSeconds() - started;

  const fresh = drawRows(toy, freshRows, new RandomStream(seed + 2, 'noise'));
  const divergence = difference(trueLogDensities(toy, fresh), await logDensities(density, fresh));
  lines.push({
    table: toy.name,
    'divergence in nats': Number(divergence.mean.toFixed(4)),
    '+-': Number(divergence.standardError.toFixed(4)),
    seconds: Number(seconds.toFixed(1)),
  });

  const grid = gridOf(toy);
  const truth = trueLogDensities(toy, grid).map(Math.exp);
  const highest = truth.toSorted()[Math.floor(0.998 * truth.length)];
  const panels = [truth, (await logDensities(density, grid)).map(Math.exp)];
  for (const [panel, densities] of panels.entries())
    paint(
      densities.map((value) => Math.min(1, value / highest)),
      panel * (pixels + gap),
      index * (pixels + gap),
    );
}
await writeFile(options.out, PNG.sync.write(picture));
console.log(
  `${options.rows} rows, ${options.flow}; the divergence from the truth to the flow, by ${freshRows} fresh rows`,
);
console.table(lines);

/** The centres of the pixels, from the upper left. */
function gridOf({ window: [left, right, bottom, top] }: ToyTable): Float64Array {
  return Float64Array.from({ length: 2 * pixels * pixels }, (_, index) => {
    const pixel = Math.floor(index / 2);
    return index % 2 === 0
      ? left + (((pixel % pixels) + 0.5) * (right - left)) / pixels
      : top - ((Math.floor(pixel / pixels) + 0.5) * (top - bottom)) / pixels;
  });
}

function trueLogDensities({ logDensity }: ToyTable, rows: Float64Array): Float64Array {
  return Float64Array.from({ length: rows.length / 2 }, (_, row) => logDensity(rows[2 * row], rows[2 * row + 1]));
}

async function logDensities(density: Density, values: Float64Array): Promise<Float64Array> {
  const scorer = await onnxRuntime.load(logProbProgram(density));
  const { logProb } = await scorer.run({ rows: { values, shape: [values.length / 2, 2] } });
  await scorer.release();
  return Float64Array.from(logProb.values, Number);
}

function difference(a: Float64Array, b: Float64Array): { mean: number; standardError: number } {
  const differences = a.map((value, index) => value - b[index]);
  const mean = differences.reduce((total, value) => total + value, 0) / a.length;
  const squares = differences.reduce((total, value) => total + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (a.length - 1) / a.length) };
}

function paint(parts: Float64Array, left: number, top: number): void {
  for (const [pixel, part] of parts.entries()) {
    const at = (top + Math.floor(pixel / pixels)) * picture.width + left + (pixel % pixels);
    picture.data.set([...shade(part), 255], 4 * at);
  }
}
