import type { Tensor } from '../graph/tensor.ts';

/**
 * An element-wise invertible function with parameters from a conditioner. It is the identity where all of them are zero.
 * Shapes: x [n, rows]; each of `raw` [size * n, rows] or [size * n, 1], with all n of a parameter together.
 */
export interface Transformer {
  /** The number of raw parameters of an element, in the groups in which they are wanted. */
  readonly sizes: readonly number[];
  /** x -> z with log|dz/dx| of each element, undefined where that is zero. */
  normalize(x: Tensor, raw: readonly Tensor[]): { z: Tensor; logDet: Tensor | undefined };
  generate(z: Tensor, raw: readonly Tensor[]): Tensor;
}
