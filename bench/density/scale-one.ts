/** Trains on one table and prints a line of JSON. Usage: scale-one.ts ROWS COLUMNS SECONDS FLOW */
import { readFileSync } from 'node:fs';
import { normalRows, RandomStream } from '../../src/flow/random/stream.ts';
import { resolveTraining } from '../../src/training/recipe.ts';
import { processorSeconds } from './clock.ts';
import { fitPushforward } from './pushforward.ts';

/** Enough for the clock; one epoch if that is more. */
const fewestSteps = 500;

const [rows, columns, budgetSeconds] = process.argv.slice(2).map(Number);
const flow = process.argv[5];

const values = mixtureRows(rows, columns);
const names = Array.from({ length: columns }, (_, column) => `x${column + 1}`);
const { batchSize } = resolveTraining({}, { rows });
const steps = Math.max(fewestSteps, Math.floor(rows / batchSize));
const before = memoryMegabytes('VmRSS');
const started = processorSeconds();
const reports: { at: number; step: number }[] = [];
await fitPushforward({ columns: names, values, seed: 1, flow, options: { steps, budgetSeconds } }, ({ step }) =>
  reports.push({ at: processorSeconds(), step }),
);
const ended = processorSeconds();
const [first, last] = [reports[0], reports[reports.length - 1]];
if (!(last.step > first.step)) throw new RangeError(`Expected at least two reports of progress; got ${reports.length}`);
const perRow = (last.at - first.at) / ((last.step - first.step) * batchSize);
console.log(
  JSON.stringify({
    columns,
    rows,
    'seconds before': digits(first.at - started),
    'per million rows': digits(1e6 * perRow),
    'and after': digits(ended - last.at),
    'steps measured': last.step - first.step,
    'table MB': digits(values.byteLength / 1e6),
    'MB before': digits(before),
    'highest MB': digits(memoryMegabytes('VmHWM')),
  }),
);

/** Four Gaussians with standard deviation 1 at normal places with standard deviation 3. */
function mixtureRows(count: number, width: number): Float64Array {
  const centres = normalRows(0, 0, 4, width).map((value) => 3 * value);
  const random = new RandomStream(1, 'noise');
  const all = new Float64Array(count * width);
  // In parts: the noise of the whole table beside it would show in the memory.
  const part = 10_000;
  for (let first = 0; first < count; first += part) {
    const noise = normalRows(2, first, Math.min(part, count - first), width);
    for (let start = 0; start < noise.length; start += width) {
      const centre = random.below(4);
      for (let column = 0; column < width; column++)
        all[first * width + start + column] = centres[centre * width + column] + noise[start + column];
    }
  }
  return all;
}

/** From the kernel; NaN elsewhere than on Linux. */
function memoryMegabytes(kind: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] = new RegExp(`${kind}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) / 1e3;
}

function digits(value: number): number {
  return Number(value.toPrecision(3));
}
