import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strongestPairs } from '../../src/statistics/correlation.ts';
import { assertClose } from '../support/close.ts';

test('pairs are those that are correlated most, for better or worse, over the rows that have both', () => {
  // y = -2 x; z goes with x by hand: x centred is (-1, 0, 1), z centred (0, -1, 1), hence 1 / 2.
  const rows = Float64Array.of(1, -2, 4, 7, 2, -4, 3, 7, 3, -6, 5, 7, 9, Number.NaN, Number.NaN, 7);
  const pairs = strongestPairs(rows, { width: 4, places: [0, 1, 2, 3], most: 3 });
  assert.deepEqual(
    pairs.map(({ first, second }) => [first, second]),
    [
      [0, 1],
      [0, 2],
      [1, 2],
    ],
  );
  assertClose(
    pairs.map(({ correlation }) => correlation),
    [-1, 0.5, -0.5],
    1e-12,
  );
  // A constant goes with nothing.
  assert.deepEqual(strongestPairs(rows, { width: 4, places: [0, 3], most: 3 }), [
    { first: 0, second: 3, correlation: 0 },
  ]);
});
