import { reach } from '../flow/encoding/encode.ts';
import type { TensorValues } from '../flow/graph/program.ts';
import { RandomStream } from '../flow/random/stream.ts';
import { TrainingError } from './errors.ts';
import { heldOutRows, type Training } from './recipe.ts';

/** A table of numbers [rows, columns], row-major, in the user's units. */
export interface Rows {
  readonly values: Float64Array;
  readonly columns: readonly string[];
}

/** Mean and standard deviation of each column. */
export interface Standardization {
  readonly location: readonly number[];
  readonly scale: readonly number[];
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
  const test = heldOutRows(rows, testFraction);
  const validation = heldOutRows(rows, validationFraction);
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
 * Mean and standard deviation of each column over the given rows, in double precision, as if each value were spread evenly
 * over its column's `spread`. Throws TrainingError when a column does not vary or is too large to be squared: no density
 * could be given.
 */
export function fitStandardization(
  { values, columns }: Rows,
  rowNumbers: Int32Array,
  spread: readonly number[],
): Standardization {
  const width = columns.length;
  const count = rowNumbers.length;
  // Summed as distances from one of the rows: sums of large values close together would lose what tells them apart.
  const origin = values.subarray(rowNumbers[0] * width, (rowNumbers[0] + 1) * width);
  const shift = new Float64Array(width);
  for (const row of rowNumbers)
    for (let column = 0; column < width; column++)
      shift[column] += (values[row * width + column] - origin[column]) / count;
  const mean = origin.map((value, column) => value + shift[column]);
  const variance = new Float64Array(width);
  for (const row of rowNumbers)
    for (let column = 0; column < width; column++)
      variance[column] += (values[row * width + column] - mean[column]) ** 2 / count;
  const scale = columns.map((name, column) => {
    if (spread[column] === 0 && rowNumbers.every((row) => values[row * width + column] === origin[column]))
      throw new TrainingError(
        'constant-column',
        `The column "${name}" is ${origin[column]} in all ${count} training rows: leave it out`,
      );
    const deviation = Math.sqrt(variance[column] + spread[column] ** 2 / 12);
    if (!Number.isFinite(deviation))
      throw new TrainingError(
        'values-too-large',
        `The values of the column "${name}" are too large: give it another unit`,
      );
    return deviation;
  });
  return { location: Array.from(mean), scale };
}

/**
 * The given rows in standardised units, single precision, in shared memory: what a flow is trained and judged on. Throws
 * TrainingError for a value so far out that its density is zero: no flow could be chosen or judged by its row.
 */
export function standardizedRows(
  { values, columns }: Rows,
  rowNumbers: Int32Array,
  { location, scale }: Standardization,
): TensorValues {
  const width = columns.length;
  const standardized = new Float32Array(
    new SharedArrayBuffer(rowNumbers.length * width * Float32Array.BYTES_PER_ELEMENT),
  );
  rowNumbers.forEach((row, index) => {
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column];
      const deviations = (value - location[column]) / scale[column];
      if (!(Math.abs(deviations) <= reach))
        throw new TrainingError(
          'values-too-large',
          `Data row ${row + 1}, column "${columns[column]}": ${value} is more than ${reach} standard deviations from the mean of the training rows`,
        );
      standardized[index * width + column] = deviations;
    }
  });
  return { values: standardized, shape: [rowNumbers.length, width] };
}

/** How far an endless sequence of minibatches has come. */
export interface MinibatchesPosition {
  /** Where the present order of the rows began in the stream of random numbers. */
  readonly orderStart: number;
  /** How many rows of it are used. */
  readonly used: number;
}

/** Endless minibatches: all rows in random order, again and again; what is left over at the end of an order is not used in it. */
export class Minibatches {
  readonly #random: RandomStream;
  readonly #batchSize: number;
  #orderStart: number;
  #order: Int32Array;
  #used: number;

  constructor(
    rows: number,
    batchSize: number,
    seed: number,
    { orderStart, used }: MinibatchesPosition = { orderStart: 0, used: 0 },
  ) {
    this.#random = new RandomStream(seed, 'batches', orderStart);
    this.#batchSize = batchSize;
    this.#orderStart = orderStart;
    this.#order = this.#random.permutation(rows);
    this.#used = used;
  }

  get position(): MinibatchesPosition {
    return { orderStart: this.#orderStart, used: this.#used };
  }

  /** Row numbers [steps, batchSize]. */
  next(steps: number): Int32Array {
    const batches = new Int32Array(steps * this.#batchSize);
    for (let step = 0; step < steps; step++) {
      if (this.#used + this.#batchSize > this.#order.length) {
        this.#orderStart = this.#random.position;
        this.#order = this.#random.permutation(this.#order.length);
        this.#used = 0;
      }
      batches.set(this.#order.subarray(this.#used, this.#used + this.#batchSize), step * this.#batchSize);
      this.#used += this.#batchSize;
    }
    return batches;
  }
}
