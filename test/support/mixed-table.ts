import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { type Density, noiseColumns } from '../../src/flow/density.ts';
import { logProbProgram } from '../../src/flow/programs/log-prob.ts';
import { sampleProgram } from '../../src/flow/programs/sample.ts';
import { normalRows, type RandomStream } from '../../src/flow/random/stream.ts';
import type { SourceColumn } from '../../src/training/columns.ts';
import { numbersOf, rowsOf } from './flow-programs.ts';

/** Two groups that differ in everything else; see `mixedRow` for the density. */
export const mixedColumns = [
  { name: 'x', kind: 'continuous' },
  { name: 'group', kind: 'categorical', categories: ['a', 'b'] },
  { name: 'count', kind: 'integer', lower: 0, upper: 20 },
  { name: 'flag', kind: 'categorical', categories: [false, true] },
  { name: 'reading', kind: 'continuous' },
] as const satisfies readonly SourceColumn[];

const trials = 20;
export const groups = [
  { share: 0.3, x: { mean: -2, deviation: 0.5 }, success: 0.3, flagMissing: 0.3, flagTrue: 0.8, readingMissing: 0.5 },
  { share: 0.7, x: { mean: 1, deviation: 1 }, success: 0.7, flagMissing: 0.1, flagTrue: 0.2, readingMissing: 0.1 },
];
/** Of the reading, given x: its mean is half of x. */
const readingDeviation = 0.6;

/**
 * A row in codes. The group is drawn first; given it, x is normal, the count binomial of 20, the flag missing or not and then
 * true or false, and the reading, normal about x / 2, is missing at random.
 */
export function mixedRow(random: RandomStream): number[] {
  const group = random.uniform() < groups[0].share ? 0 : 1;
  const { x: of, success, flagMissing, flagTrue, readingMissing } = groups[group];
  const x = of.mean + of.deviation * random.normal();
  const count = Array.from({ length: trials }, () => Number(random.uniform() < success)).reduce((a, b) => a + b);
  const flag = random.uniform() < flagMissing ? Number.NaN : Number(random.uniform() < flagTrue);
  const reading = random.uniform() < readingMissing ? Number.NaN : x / 2 + readingDeviation * random.normal();
  return [x, group, count, flag, reading];
}

export const mixedRows = (count: number, random: RandomStream): Float64Array =>
  Float64Array.from(Array.from({ length: count }, () => mixedRow(random)).flat());

/** The log-density of a row in nats; of the other columns given the group where that is context. */
export function mixedLogDensity([x, group, count, flag, reading]: ArrayLike<number> & Iterable<number>, given = false) {
  const { share, x: of, success, flagMissing, flagTrue, readingMissing } = groups[group];
  const ofFlag = Number.isNaN(flag) ? flagMissing : (1 - flagMissing) * (flag === 1 ? flagTrue : 1 - flagTrue);
  const ofReading = Number.isNaN(reading)
    ? Math.log(readingMissing)
    : Math.log(1 - readingMissing) + logNormal(reading, x / 2, readingDeviation);
  const ofCount = logChoose(trials, count) + count * Math.log(success) + (trials - count) * Math.log(1 - success);
  return (given ? 0 : Math.log(share)) + logNormal(x, of.mean, of.deviation) + ofCount + Math.log(ofFlag) + ofReading;
}

const logNormal = (x: number, mean: number, deviation: number) =>
  -0.5 * ((x - mean) / deviation) ** 2 - Math.log(deviation) - 0.5 * Math.log(2 * Math.PI);

const logChoose = (n: number, k: number) =>
  Array.from({ length: k }, (_, index) => Math.log((n - index) / (index + 1))).reduce((a, b) => a + b, 0);

/** The log-densities of rows in codes, the context last. */
export async function scoresOf(density: Density, rows: Float64Array): Promise<number[]> {
  const executable = await onnxRuntime.load(logProbProgram(density));
  const { logProb } = await executable.run({ rows: rowsOf(rows, density.columns.length + density.context.length) });
  await executable.release();
  return numbersOf(logProb);
}

/** Samples in codes, given a row of context each where there is any. */
export async function samplesOf(density: Density, count: number, context: readonly number[] = []): Promise<number[][]> {
  const executable = await onnxRuntime.load(sampleProgram(density));
  const width = noiseColumns(density);
  const given = Float64Array.from(Array.from({ length: count }, () => context).flat());
  const { rows } = await executable.run({
    noise: rowsOf(normalRows(11, 0, count, width), width),
    ...(context.length > 0 && { context: rowsOf(given, context.length) }),
  });
  await executable.release();
  const columns = density.columns.length;
  const values = numbersOf(rows);
  return Array.from({ length: count }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}
