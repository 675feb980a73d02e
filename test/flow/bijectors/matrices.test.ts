import { test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { reference } from '../../../src/engine/reference.ts';
import { reflectionProduct } from '../../../src/flow/bijectors/reflections.ts';
import { unitTriangularInverse } from '../../../src/flow/bijectors/triangular.ts';
import { affine, sub } from '../../../src/flow/graph/operations.ts';
import { constant, input } from '../../../src/flow/graph/tensor.ts';
import { assertClose } from '../../support/close.ts';
import { numbersOf } from '../../support/flow-programs.ts';
import { normalValues } from '../../support/flows.ts';

const identity = (n: number) => Float64Array.from({ length: n * n }, (_, index) => Number(index % (n + 1) === 0));

/** A triangular matrix without its diagonal, from the values of a full one. */
function strictly(triangle: 'lower' | 'upper', values: Float64Array, n: number): Float64Array {
  const isIn = (row: number, column: number) => (triangle === 'lower' ? column < row : column > row);
  return values.map((value, index) => (isIn(Math.floor(index / n), index % n) ? value : 0));
}

for (const triangle of ['lower', 'upper'] as const)
  for (const n of [1, 2, 3, 5, 8, 13])
    test(`the inverse of a unit ${triangle} triangular matrix, ${n} x ${n}`, async () => {
      const N = input('N', 'float64', [n, n]);
      const executable = await reference.load({
        inputs: { N },
        outputs: { inverse: unitTriangularInverse(N, triangle) },
      });
      const values = strictly(triangle, normalValues(n, n), n);
      const { inverse } = await executable.run({ N: { values, shape: [n, n] } });
      const [M, X] = [values.map((value, index) => value + identity(n)[index]), numbersOf(inverse)];
      const product = identity(n).map((_, index) => {
        const [row, column] = [Math.floor(index / n), index % n];
        return M.slice(row * n, (row + 1) * n).reduce((total, value, k) => total + value * X[k * n + column], 0);
      });
      // Elements of the inverse reach some thousands.
      assertClose(product, identity(n), 1e-11, 'M M^-1');
    });

test('the inverse is exact where powers of the matrix overflow the digits of double precision', async () => {
  // Ones below the diagonal: the inverse has 1 and -1 next to each other, the powers have binomials up to 1e18.
  const n = 64;
  const N = input('N', 'float64', [n, n]);
  const executable = await onnxRuntime.load({ inputs: { N }, outputs: { inverse: unitTriangularInverse(N, 'lower') } });
  const ones = strictly('lower', new Float64Array(n * n).fill(1), n);
  const { inverse } = await executable.run({ N: { values: ones, shape: [n, n] } });
  await executable.release();
  const expected = identity(n).map((value, index) => value - Number(index % n === Math.floor(index / n) - 1));
  // All values on the way are whole numbers below 64.
  assertClose(numbersOf(inverse), expected, 0, 'inverse');
});

for (const [name, values] of Object.entries({
  'random vectors': normalValues(6, 4),
  'equal vectors': new Float64Array(24).fill(1),
  'vectors of very different lengths': normalValues(6, 4).map((value, index) => value * 10 ** (index - 12)),
  'a vector of zeros': normalValues(6, 4).fill(0, 4, 8),
}))
  test(`a product of reflections is that of their matrices, and orthogonal: ${name}`, async () => {
    const [n, columns] = [6, 4];
    const vectors = input('vectors', 'float64', [n, columns]);
    const { V, T } = reflectionProduct(vectors);
    const Q = sub(
      constant(identity(columns), [columns, columns]),
      affine(V, affine(T, V), undefined, { transposeA: true }),
    );
    const executable = await reference.load({
      inputs: { vectors },
      outputs: { Q, gram: affine(Q, Q, undefined, { transposeA: true }) },
    });
    const actual = await executable.run({ vectors: { values, shape: [n, columns] } });
    assertClose(numbersOf(actual.gram), identity(columns), 1e-14, 'Q^T Q');

    let expected = Array.from(identity(columns));
    for (let i = 0; i < n; i++) {
      const v = values.slice(i * columns, (i + 1) * columns);
      const squared = v.reduce((total, value) => total + value * value, 0) || 1;
      expected = expected.map((value, index) => {
        const [row, column] = [Math.floor(index / columns), index % columns];
        const along = v.reduce((total, component, k) => total + expected[row * columns + k] * component, 0);
        return value - (2 * along * v[column]) / squared;
      });
    }
    assertClose(numbersOf(actual.Q), expected, 1e-13, 'Q');
  });
