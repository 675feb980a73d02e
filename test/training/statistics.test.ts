import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, rankSumZScore } from '../../src/training/judging/statistics.ts';
import { assertClose } from '../support/close.ts';

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
