import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, rankSumZScore, uniformity } from '../../src/training/statistics.ts';
import { assertClose } from '../support/close.ts';

/** The p-value of a distance D from so many rows, of a hundred numbers that have that distance. */
function pValue(distance: number, rows: number): number {
  const values = Float64Array.from({ length: 100 }, (_, index) => Math.max(0, (index + 1) / 100 - distance));
  const { statistic, pValue: value } = uniformity(values, rows);
  assertClose([statistic], [distance], 1e-12, 'distance');
  return value;
}

test("the statistic is the largest distance on either side of a step, and the p-value Kolmogorov's", () => {
  assert.equal(uniformity(Float64Array.of(0.5)).statistic, 0.5);
  assert.equal(uniformity(Float64Array.of(0.75, 0.25)).statistic, 0.25);
  assertClose([uniformity(Float64Array.of(0.9, 0.8, 0.1)).statistic], [0.8 - 1 / 3], 1e-12);
  // Kolmogorov's distribution at 1.224, 1.358 and 1.628, the usual critical values, in the limit of many rows.
  const limit = (scaled: number) => pValue(scaled / (10 + 0.12 + 0.011), 100);
  assertClose([limit(1.2238), limit(1.3581), limit(1.6276)], [0.1, 0.05, 0.01], 1e-4);
  // For 10 rows tables give 0.409 at 5 % and 0.489 at 1 %: the correction is good to a few thousandths there.
  assertClose([pValue(0.409, 10), pValue(0.489, 10)], [0.05, 0.01], 2e-3);
});

test('the two series of the p-value meet, and it falls from 1 to 0', () => {
  let last = 1;
  for (let distance = 0.01; distance < 1; distance += 0.01)
    for (const rows of [0.5, 1, 4, 1000]) assert.ok(pValue(distance, rows) >= 0 && pValue(distance, rows) <= 1);
  for (let scaled = 0.99; scaled < 1.01; scaled += 1e-3) {
    const value = pValue(scaled / (10 + 0.12 + 0.011), 100);
    assert.ok(value < last && (last === 1 || last - value < 2e-3), `${value} after ${last} at ${scaled}`);
    last = value;
  }
  assert.equal(pValue(1, 1e6), 0);
  assert.equal(pValue(0.01, 4), 1);
});

test('z-scores of ranks have the sign of the first set, and are 0 without evidence', () => {
  const z = (first: number[], second: number[]) => rankSumZScore(Float64Array.from(first), Float64Array.from(second));
  // U = 0 and 4 of 4, Var U = 4 / 12 * 5.
  assertClose([z([1, 2], [3, 4]), z([4, 3], [2, 1])], [-2 / Math.sqrt(5 / 3), 2 / Math.sqrt(5 / 3)], 1e-12);
  // U = 1/2 + 1 = 1.5 of 4 and one tie of two: Var U = 4 / 12 (5 - 6 / 12).
  assertClose([z([1, 3], [1, 4])], [-0.5 / Math.sqrt(1.5)], 1e-12);
  assert.equal(z([1, 1], [1, 1, 1]), 0);
  assert.equal(z([1], [1]), 0);
  assertClose([z([0], [Infinity])], [-1], 1e-12);
});

test('medians', () => {
  assert.equal(median(Float64Array.of(3, 1, 2)), 2);
  assert.equal(median(Float64Array.of(4, 1, 2, 3)), 2.5);
  assert.equal(median(Float64Array.of(7)), 7);
});
