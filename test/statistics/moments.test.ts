import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  correlation,
  moments,
  momentsOf,
  noMoments,
  noPairs,
  pairMoments,
  pairMomentsOf,
  standardError,
} from '../../src/statistics/moments.ts';
import { assertClose } from '../support/close.ts';

test('they are means, and sums of squared deviations', () => {
  const values = [2, 4, 4, 4, 5, 5, 7, 9];
  const found = momentsOf(values);
  assertClose([found.mean, found.squares], [5, 32], 1e-12, 'of numbers');
  assert.equal(found.count, 8);
  // The deviation of the mean: sqrt(32 / 7 / 8).
  assertClose([standardError(found) ?? Number.NaN], [Math.sqrt(4 / 7)], 1e-12, 'standard error');
  assert.equal(standardError(momentsOf([3])), null);
});

test('a correlation is that of the pairs', () => {
  // The deviations are -1.75, -0.75, 0.25, 2.25 and -1.25, -2.25, 0.75, 2.75.
  const expected = 10.25 / Math.sqrt(8.75 * 14.75);
  assertClose([correlation(pairMomentsOf([1, 2, 3, 5], [2, 1, 4, 6])) ?? Number.NaN], [expected], 1e-12, 'correlation');
  assert.equal(correlation(pairMomentsOf([1, 2], [3, 3])), null);
  assert.equal(correlation(noPairs), null);
});

test('those of lots add up to those of all, however they are grouped', () => {
  const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  const lots = fc.array(fc.array(fc.tuple(number, number), { maxLength: 8 }), { maxLength: 6 });
  fc.assert(
    fc.property(lots, (given) => {
      const all = given.flat();
      const xs = all.map(([x]) => x);
      const ys = all.map(([, y]) => y);
      const together = given
        .map((lot) =>
          pairMomentsOf(
            lot.map(([x]) => x),
            lot.map(([, y]) => y),
          ),
        )
        .reduceRight((sum, each) => pairMoments(each, sum), noPairs);
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
      const products = all.reduce((sum, [x, y]) => sum + (x - mean(xs)) * (y - mean(ys)), 0);
      const squares = xs.reduce((sum, x) => sum + (x - mean(xs)) ** 2, 0);
      assert.equal(together.x.count, all.length);
      // Of at most 48 numbers below 1,000, in double precision.
      assertClose([together.x.mean, together.y.mean], [mean(xs), mean(ys)], 1e-9, 'means');
      assertClose([together.x.squares, together.products], [squares, products], 1e-4, 'sums of products');
      assert.deepEqual(moments(noMoments, together.x), together.x);
    }),
  );
});
