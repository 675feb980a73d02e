import { ShapeError } from '../../flow/errors.ts';
import type { TensorValues } from '../../flow/graph/program.ts';
import type { RandomStream } from '../../flow/random/stream.ts';
import { uniformity } from '../../statistics/kolmogorov.ts';
import { type Sample, sampleOf } from './samples.ts';

/** How well a model's distribution of one column holds for test rows; see `calibrationOf`. */
export interface ColumnCalibration {
  readonly column: string;
  /** Kolmogorov and Smirnov's distance of the probability integral transforms from uniform. */
  readonly statistic: number;
  readonly pValue: number;
  /** The share of test rows inside the central interval to which the model gives the probability `level`. */
  readonly coverage: readonly { readonly level: number; readonly observed: number }[];
  /** How many test rows have their transform in each of 20 equal parts of (0, 1): level when the model is right. */
  readonly histogram: readonly number[];
}

export interface Calibration {
  readonly columns: readonly ColumnCalibration[];
  /** How many independent transforms those of a column are worth. */
  readonly effectiveRows: number;
  /** Whether no column is told from a right model at 1 % for all of them together. */
  readonly calibrated: boolean;
}

const levels = [0.5, 0.8, 0.9, 0.95];
const bins = 20;
/** The chance that a right model is called uncalibrated, at most. */
const significance = 0.01;

/**
 * Judges the marginal distribution of each column: test rows [n, width], whose first columns are the modelled ones,
 * against samples [m, columns] of the model. A test value's probability integral transform is
 *
 *     u = (rank + v) / (m + 1),   rank = samples below it, v uniform on (0, 1),
 *
 * uniform on (0, 1) when the model is right (Dawid 1984; for ties Czado, Gneiting and Held 2009). Equal values, of the
 * test rows and of the samples alike, are put in random order: were they to share their mid-rank, transforms would pile
 * up there, and a column with few values would never look calibrated. Since all test rows are ranked among the same
 * samples, the test is that of two samples. Where test rows are rounded, samples must be rounded alike.
 * `columns` are the names of the modelled ones.
 * Throws ShapeError and EvaluationError as `sampleOf` does.
 */
export function marginalCalibration(
  columns: readonly string[],
  test: TensorValues,
  samples: TensorValues,
  random: RandomStream,
): Calibration {
  const [tested, sampled] = checked(columns, test, samples);
  const [[n], [m]] = [tested.shape, sampled.shape];
  return calibrationOf(columns, (n * m) / (n + m), (column) =>
    marginalTransforms(sortedColumn(tested, column), sortedColumn(sampled, column), random),
  );
}

/**
 * Judges the distribution of each column given the context: test rows as above, and as many samples for each of them as
 * for any other, drawn given its context, [n draws, columns], those of the first test row first. A test value is ranked
 * among its own samples as above; the transforms are independent, and the test is that of one sample.
 * Calibrated is not accurate: a model that ignores its context can be right on average over all contexts.
 * Throws ShapeError and EvaluationError as `sampleOf` does.
 */
export function conditionalCalibration(
  columns: readonly string[],
  test: TensorValues,
  samples: TensorValues,
  random: RandomStream,
): Calibration {
  const [tested, sampled] = checked(columns, test, samples);
  const [[n], [m]] = [tested.shape, sampled.shape];
  if (m % n !== 0) throw new ShapeError(`Samples: expected equally many for each of ${n} test rows; got ${m} in all`);
  return calibrationOf(columns, n, (column) => conditionalTransforms(tested, sampled, column, random));
}

function checked(columns: readonly string[], test: TensorValues, samples: TensorValues): [Sample, Sample] {
  const [tested, sampled] = [sampleOf('Test rows', test), sampleOf('Samples', samples)];
  if (sampled.shape[1] !== columns.length)
    throw new ShapeError(`Samples: expected ${columns.length} columns; got ${sampled.shape[1]}`);
  if (tested.shape[1] < columns.length)
    throw new ShapeError(`Test rows: expected at least ${columns.length} columns; got ${tested.shape[1]}`);
  return [tested, sampled];
}

const sortedColumn = ({ values, shape: [rows, width] }: Sample, column: number) =>
  Float32Array.from({ length: rows }, (_, row) => values[row * width + column]).sort();

/** The transforms of a column of test values among samples; both are in ascending order. */
function marginalTransforms(tested: Float32Array, sampled: Float32Array, random: RandomStream): Float64Array {
  const transforms = new Float64Array(tested.length);
  let [rank, place] = [0, 0];
  while (place < tested.length) {
    const value = tested[place];
    while (rank < sampled.length && sampled[rank] < value) rank++;
    let [equalTested, equalSampled] = [0, 0];
    while (tested[place + equalTested] === value) equalTested++;
    while (sampled[rank + equalSampled] === value) equalSampled++;
    // One by one from an urn: every order of the equal values is as likely as any other.
    while (equalTested > 0)
      if (random.below(equalTested + equalSampled) < equalTested) {
        transforms[place++] = (rank + random.uniform()) / (sampled.length + 1);
        equalTested--;
      } else {
        rank++;
        equalSampled--;
      }
    rank += equalSampled;
  }
  return transforms;
}

function conditionalTransforms(tested: Sample, sampled: Sample, column: number, random: RandomStream): Float64Array {
  const [[n, testWidth], [m, width]] = [tested.shape, sampled.shape];
  const draws = m / n;
  return Float64Array.from({ length: n }, (_, row) => {
    const value = tested.values[row * testWidth + column];
    let [below, equal] = [0, 0];
    for (let draw = row * draws; draw < (row + 1) * draws; draw++) {
      const other = sampled.values[draw * width + column];
      if (other < value) below++;
      else if (other === value) equal++;
    }
    return (below + random.below(equal + 1) + random.uniform()) / (draws + 1);
  });
}

/**
 * Compares the transforms of each column with a uniform distribution. All columns together are judged by Bonferroni's
 * bound, which holds however they depend on each other; Holm's would reject one of them exactly when it does.
 */
function calibrationOf(
  names: readonly string[],
  effectiveRows: number,
  transformsOf: (column: number) => Float64Array,
): Calibration {
  const columns = names.map((column, index) => {
    const transforms = transformsOf(index);
    return {
      column,
      ...uniformity(transforms, effectiveRows),
      coverage: levels.map((level) => ({ level, observed: coverage(transforms, level) })),
      histogram: histogram(transforms),
    };
  });
  return { columns, effectiveRows, calibrated: columns.every(({ pValue }) => pValue * columns.length > significance) };
}

const coverage = (transforms: Float64Array, level: number) =>
  transforms.reduce((inside, value) => inside + Number(Math.abs(value - 0.5) <= level / 2), 0) / transforms.length;

function histogram(transforms: Float64Array): number[] {
  const counts: number[] = new Array(bins).fill(0);
  // A transform next to 1 may be rounded to it.
  for (const value of transforms) counts[Math.min(Math.floor(value * bins), bins - 1)]++;
  return counts;
}
