/** Triangular matrices as graph operations. */
import { affine, mul, sub } from '../graph/operations.ts';
import { constant, type ElementType, elementCount, type Tensor, valuesOf } from '../graph/tensor.ts';

type FloatType = Extract<ElementType, 'float32' | 'float64'>;

/** A constant n x n matrix that is 1 where the condition on row and column holds, else 0. */
export function indicator(n: number, holds: (row: number, column: number) => boolean, type: ElementType): Tensor {
  const values = Array.from({ length: n * n }, (_, index) => Number(holds(Math.floor(index / n), index % n)));
  return constant(valuesOf(floatType(type), values), [n, n]);
}

export const isLower = (row: number, column: number) => column < row;
export const isUpper = (row: number, column: number) => column > row;
export const isDiagonal = (row: number, column: number) => column === row;

/**
 * The inverse of I + N for N [n, n] strictly lower (or upper) triangular: first of the diagonal blocks of size 1, then from
 * those of size s those of size 2 s,
 *   [A 0; B C]^-1 = [A^-1 0; -C^-1 B A^-1  C^-1],
 * all of one size at once: X - X B X. It is differentiable, takes log2(n) steps, and is as accurate as substitution, which
 * the series of powers of N is not: their elements may be beyond all digits where those of the inverse are near 1.
 */
export function unitTriangularInverse(strict: Tensor, triangle: 'lower' | 'upper'): Tensor {
  const n = elementCount(strict.shape.slice(0, 1));
  const joining = (size: number) => mul(strict, indicator(n, joins(size, triangle), strict.type));
  let inverse = sub(indicator(n, isDiagonal, strict.type), joining(1));
  for (let size = 2; size < n; size *= 2) inverse = sub(inverse, affine(inverse, affine(joining(size), inverse)));
  return inverse;
}

/** Whether an element is in the off-diagonal part B of a block of 2 `size` made of two of `size`. */
function joins(size: number, triangle: 'lower' | 'upper') {
  const part = (index: number) => Math.floor(index / size);
  return (row: number, column: number) => {
    const [later, earlier] = triangle === 'lower' ? [part(row), part(column)] : [part(column), part(row)];
    return later === earlier + 1 && earlier % 2 === 0;
  };
}

function floatType(type: ElementType): FloatType {
  return type === 'float64' ? 'float64' : 'float32';
}
