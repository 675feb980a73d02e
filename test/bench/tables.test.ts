import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { columnPairTrends, columnShapes, meanScore, type Rows } from '../../bench/tables/quality.ts';
import type { Cell } from '../../src/table/cells.ts';
import { assertClose } from '../support/close.ts';

const tableOf = (isNumber: readonly boolean[], rows: readonly (readonly Cell[])[]): Rows => ({
  columns: isNumber.map((_, column) => `c${column}`),
  isNumber,
  rows,
});

/** The scores of all columns, worked out by hand. */
const shapes = (isNumber: boolean, real: readonly Cell[], samples: readonly Cell[]) => {
  const [a, b] = [real, samples].map((cells) =>
    tableOf(
      [isNumber],
      cells.map((cell) => [cell]),
    ),
  );
  return columnShapes(a, b).map(({ score }) => score);
};

/** The score of a pair of columns. */
function trend(isNumber: readonly boolean[], real: readonly Cell[][], samples: readonly Cell[][]): number {
  const [{ score }] = columnPairTrends(tableOf(isNumber, real), tableOf(isNumber, samples));
  return score;
}

describe('how much samples are like a table, worked out by hand', () => {
  test('numbers are as far apart as their distribution functions, without missing ones', () => {
    assertClose(shapes(true, [4, 1, 2, 3], [2, null, 5, 3, 4]), [0.75], 1e-15);
    assertClose(shapes(true, [1, 1, 1, 2], [1, 2, 2, 2]), [0.5], 1e-15);
    assert.deepEqual(shapes(true, [null], [1]), [Number.NaN]);
  });

  test('categories are as far apart as their shares', () => {
    // Shares of 2/3, 1/3, 0 and of 1/4, 1/2, 1/4.
    assertClose(shapes(false, ['a', 'b', null, 'a'], ['a', 'b', 'b', 'c']), [7 / 12], 1e-15);
    assertClose(shapes(false, [true, false], [true, false]), [1], 1e-15);
  });

  test('two columns of numbers are compared by their correlations', () => {
    const rising = [
      [1, 2],
      [2, 4],
      [3, 6],
      [null, 7],
    ];
    const falling = rising.map(([x, y]) => [x, y === null ? null : -y]);
    assertClose([trend([true, true], rising, rising), trend([true, true], rising, falling)], [1, 0], 1e-12);
    const constant = rising.map(([, y]) => [1, y]);
    assert.equal(trend([true, true], rising, constant), Number.NaN);
  });

  test('pairs with a category are compared by their shares, numbers in bins of the real ones', () => {
    const real = [
      [0, 'a'],
      [10, 'b'],
      [4.5, null],
      [null, 'b'],
    ];
    // The first and the last bin are open, and 4 and 5 are where the fifth begins and ends.
    const alike = [
      [-7, 'a'],
      [99, 'b'],
      [4, null],
      [null, 'b'],
    ];
    const other = alike.map(([x, c]) => [x === 4 ? 5 : x, c]);
    assertClose([trend([true, false], real, alike), trend([true, false], real, other)], [1, 0.75], 1e-15);
  });

  test('what is not defined does not enter the mean', () => {
    const [score, undefinedScore] = [0.5, Number.NaN].map(
      (value) => ({ columns: ['x'], metric: 'KSComplement', score: value }) as const,
    );
    assert.equal(meanScore([score, undefinedScore]), 0.5);
  });
});
