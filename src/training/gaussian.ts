import type { Layout } from '../flow/encoding/layout.ts';
import type { TensorValues } from '../flow/graph/program.ts';
import { valueCounts } from './counts.ts';

/** The most rows from which the covariance is taken: more would not change the digits that are shown. */
const mostRows = 200_000;

/** A column whose variance, given the columns before it, is below this part of its own is a linear combination of them. */
const collinearVariance = 1e-8;

/** A full-covariance Gaussian, as the density of the first `columns` columns given the others. */
export interface Gaussian {
  readonly columns: number;
  /** The context goes first, so that its factor is a part of the whole. */
  readonly order: readonly number[];
  readonly mean: Float64Array;
  /** The lower factor L of the covariance L L^T, row-major. */
  readonly factor: Float64Array;
  /** Columns that are linear combinations of others; with any, there is no density. */
  readonly collinear: readonly number[];
}

/** Fitted by maximum likelihood to rows [rows, width]. */
export function fitGaussian({ values, shape: [count, width] }: TensorValues, columns: number): Gaussian {
  const rows = Math.min(count, mostRows);
  const order = Array.from({ length: width }, (_, index) => (index + columns) % width);
  const mean = new Float64Array(width);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < width; i++) mean[i] += Number(values[row * width + order[i]]) / rows;
  const covariance = new Float64Array(width * width);
  const centred = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < width; i++) centred[i] = Number(values[row * width + order[i]]) - mean[i];
    for (let i = 0; i < width; i++)
      for (let j = 0; j <= i; j++) covariance[i * width + j] += (centred[i] * centred[j]) / rows;
  }
  const { factor, dependent } = cholesky(covariance, width);
  return { columns, order, mean, factor, collinear: dependent.map((index) => order[index]) };
}

/** Mean log-density, in nats a row, of rows [rows, width]: the floor that a flow must clear. Undefined with collinear columns. */
export function gaussianLogProb(
  { columns, order, mean, factor, collinear }: Gaussian,
  { values, shape: [rows, width] }: TensorValues,
): number | undefined {
  if (collinear.length > 0) return undefined;
  const context = width - columns;
  const whitened = new Float64Array(width);
  let total = 0;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < width; i++) {
      let value = Number(values[row * width + order[i]]) - mean[i];
      for (let j = 0; j < i; j++) value -= factor[i * width + j] * whitened[j];
      whitened[i] = value / factor[i * width + i];
      if (i >= context) total -= 0.5 * (whitened[i] ** 2 + Math.log(2 * Math.PI)) + Math.log(factor[i * width + i]);
    }
  return total / rows;
}

/** The lower factor L of a symmetric matrix L L^T, read from its lower half; dependent columns are passed over. */
function cholesky(matrix: Float64Array, width: number): { factor: Float64Array; dependent: number[] } {
  const factor = new Float64Array(width * width);
  const dependent: number[] = [];
  for (let i = 0; i < width; i++)
    for (let j = 0; j <= i; j++) {
      let value = matrix[i * width + j];
      for (let k = 0; k < j; k++) value -= factor[i * width + k] * factor[j * width + k];
      if (i > j) factor[i * width + j] = factor[j * width + j] > 0 ? value / factor[j * width + j] : 0;
      else if (value > collinearVariance * matrix[i * width + i]) factor[i * width + i] = Math.sqrt(value);
      else dependent.push(i);
    }
  return { factor, dependent };
}

/**
 * What a flow has to beat: mean log-densities, in nats a row, of encoded rows under
 * - `gaussian`: a full-covariance Gaussian of the numbers, given those of the context, and the frequencies of each discrete
 *   variable, all of them independent. Null with collinear numbers, and where numbers may be missing.
 * - `independent`: a Gaussian of each number, which encoding has made a standard one, and the same frequencies.
 */
export interface Floor {
  readonly gaussian: number | null;
  readonly independent: number;
}

/** The simple densities of encoded training rows. */
export interface Baseline {
  /** The names of numbers that are linear combinations of others. */
  readonly collinear: readonly string[];
  floor(rows: TensorValues): Floor;
}

export function fitBaseline(training: TensorValues, layout: Layout): Baseline {
  const places = layout.numbers.flatMap((column, place) => (column ? [place] : []));
  const gaussian = fitGaussian(ofPlaces(training, places), layout.columns.numbers.length);
  const hasGaps = layout.columns.gaps.length > 0;
  const trained = valueCounts(training, layout);
  return {
    collinear: gaussian.collinear.flatMap((index) => layout.numbers[places[index]]?.name ?? []),
    floor(rows) {
      const ofNumbers = hasGaps ? undefined : gaussianLogProb(gaussian, ofPlaces(rows, places));
      const ofCategories = frequencyLogProb({ trained, trainingRows: training.shape[0] }, rows, layout);
      return {
        gaussian: ofNumbers === undefined ? null : ofNumbers + ofCategories,
        independent: standardNormalLogProb(rows, layout) + ofCategories,
      };
    },
  };
}

/** Of each observed number that is modelled. */
function standardNormalLogProb({ values, shape: [rows, width] }: TensorValues, { columns }: Layout): number {
  const { numbers, gaps } = columns;
  const isObserved = (row: number, number: number) => {
    const gap = gaps.indexOf(number);
    return gap === -1 || Number(values[row * width + numbers.length + gap]) > 0.5;
  };
  let total = 0;
  for (let row = 0; row < rows; row++)
    for (let number = 0; number < numbers.length; number++)
      if (isObserved(row, number)) total -= 0.5 * (Number(values[row * width + number]) ** 2 + Math.log(2 * Math.PI));
  return total / rows;
}

function ofPlaces({ values, shape: [count, width] }: TensorValues, places: readonly number[]): TensorValues {
  if (places.length === width) return { values, shape: [count, width] };
  const rows = Math.min(count, mostRows);
  const taken = new Float32Array(rows * places.length);
  for (let row = 0; row < rows; row++)
    places.forEach((place, index) => {
      taken[row * places.length + index] = Number(values[row * width + place]);
    });
  return { values: taken, shape: [rows, places.length] };
}

interface TrainedCounts {
  readonly trained: ReturnType<typeof valueCounts>;
  readonly trainingRows: number;
}

/** Frequencies with one more row of each value: one that training rows lack is not impossible. */
function frequencyLogProb({ trained, trainingRows }: TrainedCounts, scored: TensorValues, layout: Layout): number {
  return valueCounts(scored, layout).reduce((total, counts, variable) => {
    const ofTraining = trained[variable];
    const rows = trainingRows + ofTraining.length;
    return counts.reduce(
      (sum, count, value) => sum + (count / scored.shape[0]) * Math.log((ofTraining[value] + 1) / rows),
      total,
    );
  }, 0);
}
