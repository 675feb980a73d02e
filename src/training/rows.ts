import type { Standardization } from '../flow/bijectors/standardization.ts';
import type { TensorValues } from '../flow/graph/program.ts';
import { RandomStream } from '../flow/random/stream.ts';
import { TrainingError } from './errors.ts';
import type { Training } from './recipe.ts';

/** A table of numbers [rows, columns], row-major, in the user's units. */
export interface Rows {
  readonly values: Float64Array;
  readonly columns: readonly string[];
}

/** Disjoint sets of row numbers. */
export interface SplitRows {
  readonly training: Int32Array;
  /** For early stopping and for choosing among parameters. */
  readonly validation: Int32Array;
  /** Never used for training or choosing. */
  readonly test: Int32Array;
}

/** Splits the numbers 0 .. rows - 1 at random by seed; each part has at least one row. */
export function splitRows(rows: number, { validationFraction, testFraction }: Training, seed: number): SplitRows {
  const order = new RandomStream(seed, 'split').permutation(rows);
  const test = Math.max(1, Math.round(rows * testFraction));
  const validation = Math.max(1, Math.round(rows * validationFraction));
  if (test + validation >= rows)
    throw new TrainingError(
      'too-few-rows',
      `No rows are left to train on: ${rows} rows, ${test + validation} held out`,
    );
  return {
    test: order.subarray(0, test),
    validation: order.subarray(test, test + validation),
    training: order.subarray(test + validation),
  };
}

/**
 * Mean and standard deviation of each column over the given rows, in double precision.
 * Throws TrainingError when a column does not vary or is too large to be squared: no density could be given.
 */
export function fitStandardization({ values, columns }: Rows, rowNumbers: Int32Array): Standardization {
  const width = columns.length;
  const columnOf = (column: number) => Float64Array.from(rowNumbers, (row) => values[row * width + column]);
  const moments = columns.map((name, column) => columnMoments(name, columnOf(column)));
  return { location: moments.map(({ mean }) => mean), scale: moments.map(({ deviation }) => deviation) };
}

function columnMoments(name: string, values: Float64Array): { mean: number; deviation: number } {
  if (values.every((value) => value === values[0]))
    throw new TrainingError(
      'constant-column',
      `The column "${name}" is ${values[0]} in all ${values.length} training rows: leave it out`,
    );
  const average = (term: (value: number) => number) =>
    values.reduce((total, value) => total + term(value), 0) / values.length;
  const mean = average((value) => value);
  const deviation = Math.sqrt(average((value) => (value - mean) ** 2));
  if (!Number.isFinite(deviation))
    throw new TrainingError(
      'values-too-large',
      `The values of the column "${name}" are too large: give it another unit`,
    );
  return { mean, deviation };
}

/** The given rows in standardised units, single precision: what a flow is trained and judged on. */
export function standardizedRows(
  { values, columns }: Rows,
  rowNumbers: Int32Array,
  { location, scale }: Standardization,
): TensorValues {
  const width = columns.length;
  const standardized = new Float32Array(rowNumbers.length * width);
  rowNumbers.forEach((row, index) => {
    for (let column = 0; column < width; column++)
      standardized[index * width + column] = (values[row * width + column] - location[column]) / scale[column];
  });
  return { values: standardized, shape: [rowNumbers.length, width] };
}

/** Endless minibatches: all rows in random order, again and again; what is left over at the end of an order is not used in it. */
export class Minibatches {
  readonly #random: RandomStream;
  readonly #rows: number;
  readonly #batchSize: number;
  #order: Int32Array = new Int32Array(0);
  #used = 0;

  constructor(rows: number, batchSize: number, seed: number) {
    this.#random = new RandomStream(seed, 'batches');
    this.#rows = rows;
    this.#batchSize = batchSize;
  }

  /** Row numbers [steps, batchSize]. */
  next(steps: number): Int32Array {
    const batches = new Int32Array(steps * this.#batchSize);
    for (let step = 0; step < steps; step++) {
      if (this.#used + this.#batchSize > this.#order.length) {
        this.#order = this.#random.permutation(this.#rows);
        this.#used = 0;
      }
      batches.set(this.#order.subarray(this.#used, this.#used + this.#batchSize), step * this.#batchSize);
      this.#used += this.#batchSize;
    }
    return batches;
  }
}
