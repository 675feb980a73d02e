import { RandomStream } from '../flow/random/stream.ts';
import { TrainingError } from './errors.ts';
import { heldOutRows, type Training } from './recipe.ts';

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
