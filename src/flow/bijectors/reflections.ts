import { affine, div, max, mul, sqrt, sumOfSquares } from '../graph/operations.ts';
import { elementCount, type Tensor } from '../graph/tensor.ts';
import { indicator, isUpper, unitTriangularInverse } from './triangular.ts';

/** Squared lengths below it are of vectors that are zero; such a reflection is the identity. */
const tiny = 2 ** -100;

/**
 * A product of Householder reflections Q = H_1 .. H_n, H_i = I - 2 v_i v_i^T / |v_i|^2, as Q = I - V^T T V with the v_i,
 * of length 1, as the rows of V [n, columns], and T [n, n] upper triangular (Joffrain et al. 2006, "Accumulating Householder
 * transformations, revisited"): T = 2 (I + 2 strictlyUpper(V V^T))^-1. It is orthogonal to rounding whatever the v_i are.
 */
export function reflectionProduct(vectors: Tensor): { V: Tensor; T: Tensor } {
  const V = div(vectors, sqrt(max(sumOfSquares(vectors, [1], true), tiny)));
  const n = elementCount(vectors.shape.slice(0, 1));
  const angles = affine(V, V, undefined, { transposeB: true });
  const T = mul(unitTriangularInverse(mul(angles, mul(indicator(n, isUpper, V.type), 2)), 'upper'), 2);
  return { V, T };
}
