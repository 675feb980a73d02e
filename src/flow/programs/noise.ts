import { add, cast, gather, greater, mul } from '../graph/operations.ts';
import { constant, elementCount, type Tensor } from '../graph/tensor.ts';

/** How many places there are at which the noise of a step may start in its table. */
export const noiseStarts = 4096;

/**
 * Random numbers for training, from a table that is made once: each step reads it from a place of its own, and each use in
 * the step reads a part of its own, so that a step draws no random numbers and repeats exactly.
 */
export class NoiseTable {
  /** How many rows of the table one step reads. */
  used = 0;
  readonly #table: Tensor;
  readonly #start: Tensor;

  /** `table` [noiseStarts + used, batch]; `start` is an int32 scalar below noiseStarts. */
  constructor(table: Tensor, start: Tensor) {
    this.#table = table;
    this.#start = start;
  }

  /** The next [width, batch] of the step. */
  take(width: number): Tensor {
    const rows = Int32Array.from({ length: width }, (_, row) => this.used + row);
    this.used += width;
    return gather(this.#table, add(constant(rows, [width]), this.#start), 0);
  }
}

/**
 * Dropout (Srivastava et al. 2014): x [units, rows] with each element set to zero with probability `rate`, and the others
 * scaled by 1 / (1 - rate). `uniform` holds uniform numbers on (0, 1).
 */
export function dropout(x: Tensor, rate: number, uniform: NoiseTable): Tensor {
  const kept = greater(uniform.take(elementCount(x.shape.slice(0, 1))), rate);
  return mul(x, mul(cast(kept, 'float32'), 1 / (1 - rate)));
}
