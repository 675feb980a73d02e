import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { chiSquareTail, sameShares } from '../../src/statistics/chi-square.ts';
import { holm } from '../../src/statistics/holm.ts';
import { stabilityIndex, totalVariation } from '../../src/statistics/shares.ts';
import { assertClose } from '../support/close.ts';

test('the tail of chi-square is that of tables, for few degrees of freedom and many', () => {
  // The usual critical values at 5 %, and of 1 and 2 degrees far out: erfc(5) and exp(-50).
  const critical = [3.841458821, 5.991464547, 7.814727903, 9.487729037, 11.07049769];
  assertClose(
    critical.map((x, index) => chiSquareTail(x, index + 1)),
    critical.map(() => 0.05),
    1e-9,
  );
  assertClose([chiSquareTail(124.3421134, 100), chiSquareTail(123.2252215, 99)], [0.05, 0.05], 1e-9);
  assertClose([chiSquareTail(50, 1) / 1.5374597944280349e-12, chiSquareTail(100, 2) / Math.exp(-50)], [1, 1], 1e-10);
  assert.deepEqual([chiSquareTail(0, 3), chiSquareTail(1, 0)], [1, 1]);
  // The series and the continued fraction of erfc meet at x = 8.
  assertClose([chiSquareTail(8 - 1e-9, 1)], [chiSquareTail(8 + 1e-9, 1)], 1e-10);
});

test('chi-square of two sets is that worked out by hand, and rare categories are put together', () => {
  // 2 (30 - 40)^2 / 40 + 2 (70 - 60)^2 / 60.
  const { statistic, degreesOfFreedom } = sameShares([30, 70], [50, 50]);
  assertClose([statistic], [5 + 10 / 3], 1e-12);
  assert.equal(degreesOfFreedom, 1);
  assert.equal(sameShares([30, 70, 0], [50, 50, 0]).degreesOfFreedom, 1);
  assert.deepEqual(sameShares([60, 40, 2, 1, 3], [60, 40, 4, 1, 5]).degreesOfFreedom, 2);
  assert.equal(sameShares([10], [10]).pValue, 1);
});

test('of sets with the same shares, a part alpha has a p-value below alpha', () => {
  const random = new RandomStream(5, 'noise');
  const counts = (rows: number) => {
    const all = [0, 0, 0, 0];
    for (let row = 0; row < rows; row++) all[Math.min(3, Math.floor(-Math.log(random.uniform())))]++;
    return all;
  };
  const pValues = Array.from({ length: 1000 }, () => sameShares(counts(200), counts(500)).pValue);
  for (const alpha of [0.01, 0.05, 0.2]) {
    const share = pValues.filter((pValue) => pValue <= alpha).length / pValues.length;
    // Three standard deviations of a share of a thousand, and a tenth for counts that are whole.
    assert.ok(
      Math.abs(share - alpha) < 3 * Math.sqrt((alpha * (1 - alpha)) / 1000) + 0.1 * alpha,
      `${share} of ${alpha}`,
    );
  }
});

test("Holm's adjusted p-values", () => {
  assertClose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02], 1e-12);
  assert.deepEqual(holm([0.9, 0.8]), [1, 1]);
  assert.deepEqual(holm([]), []);
});

test('distances of shares', () => {
  assert.equal(totalVariation([1, 3], [2, 2]), 0.25);
  assert.equal(totalVariation([5, 0], [0, 9]), 1);
  assert.equal(stabilityIndex([10, 20], [20, 40]) < 1e-3, true);
  // Shares 1/4 and 3/4 against 1/2 and 1/2: log(3) / 4, where half a row is nothing.
  assertClose([stabilityIndex([250_000, 750_000], [500_000, 500_000])], [Math.log(3) / 4], 1e-5);
  assert.ok(Number.isFinite(stabilityIndex([5, 0], [0, 5])));
});
