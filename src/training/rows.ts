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
 * Mean and standard deviation of each column over the given rows, computed in two passes in double precision.
 * Throws TrainingError when a column does not vary: no density could be given.
 */
export function fitStandardization({ values, columns }: Rows, rowNumbers: Int32Array): Standardization {
  const width = columns.length;
  const location = meanOver(rowNumbers, width, (row, column) => values[row * width + column]);
  const variance = meanOver(rowNumbers, width, (row, column) => (values[row * width + column] - location[column]) ** 2);
  const scale = Array.from(variance, Math.sqrt);
  scale.forEach((deviation, column) => {
    // Rounding alone leaves a constant column a deviation of about one part in 10^16.
    if (!(deviation > 1e-12 * Math.abs(location[column])))
      throw new TrainingError(
        'constant-column',
        `The column "${columns[column]}" is ${location[column]} in all ${rowNumbers.length} training rows: leave it out`,
      );
  });
  return { location: Array.from(location), scale };
}

function meanOver(rowNumbers: Int32Array, width: number, value: (row: number, column: number) => number) {
  const total = new Float64Array(width);
  for (const row of rowNumbers) for (let column = 0; column < width; column++) total[column] += value(row, column);
  return total.map((sum) => sum / rowNumbers.length);
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
