import { mul, tanh } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';

/** A power of two: division by it is exact, so that both directions agree in whatever precision they are computed. */
const bound = 8;

/** The logarithm of a scale, 8 tanh(raw / 8): smoothly bounded, so that the scale neither overflows nor vanishes. */
export function logScaleOf(raw: Tensor): Tensor {
  return mul(tanh(mul(raw, 1 / bound)), bound);
}
