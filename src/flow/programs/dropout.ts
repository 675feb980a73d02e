import { add, cast, gather, greater, mul } from '../graph/operations.ts';
import { constant, elementCount, type Tensor } from '../graph/tensor.ts';

/** How many places there are at which the noise of a step may start. */
export const dropoutStarts = 4096;

/**
 * Dropout (Srivastava et al. 2014) from a table of uniform noise that is made once: each step reads it from a place of its
 * own, each network a part of its own, so that a step costs no random numbers and repeats exactly.
 */
export class Dropout {
  /** How many rows of the table one step reads. */
  units = 0;
  readonly #noise: Tensor;
  readonly #start: Tensor;

  /** `noise` [dropoutStarts + units, rows] is uniform on (0, 1); `start` is an int32 scalar below dropoutStarts. */
  constructor(noise: Tensor, start: Tensor) {
    this.#noise = noise;
    this.#start = start;
  }

  /** x [units, rows] with each element set to zero with probability `rate`, and the others scaled by 1 / (1 - rate). */
  apply(x: Tensor, rate: number): Tensor {
    const width = elementCount(x.shape.slice(0, 1));
    const offsets = Int32Array.from({ length: width }, (_, unit) => this.units + unit);
    this.units += width;
    const uniform = gather(this.#noise, add(constant(offsets, [width]), this.#start), 0);
    return mul(x, mul(cast(greater(uniform, rate), 'float32'), 1 / (1 - rate)));
  }
}
