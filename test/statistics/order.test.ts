import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderQuantile } from '../../src/statistics/order.ts';
import { assertClose } from '../support/close.ts';

test('the quantile of an order statistic is that of its beta distribution', () => {
  // The least and the greatest of n have quantiles in closed form: 1 - (1 - p)^(1/n) and p^(1/n).
  for (const chance of [0.025, 0.5, 0.975])
    for (const count of [1, 10, 3000]) {
      const [least, greatest] = [1 - (1 - chance) ** (1 / count), chance ** (1 / count)];
      assertClose([orderQuantile(1, count, chance)], [least], 1e-12, `least of ${count}`);
      assertClose([orderQuantile(count, count, chance)], [greatest], 1e-9, `greatest of ${count}`);
    }
  // The middle of an odd number of them is symmetric.
  assertClose([orderQuantile(50, 99, 0.5)], [0.5], 1e-12);
  // Of 20 numbers at least 5 are below it with just that chance: summed from the other end.
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
  const x = orderQuantile(5, 20, 0.3);
  const atLeast = [...Array(16).keys()].map((more) => choose(20, 5 + more) * x ** (5 + more) * (1 - x) ** (15 - more));
  assertClose([atLeast.reduce((sum, value) => sum + value)], [0.3], 1e-12);
  assert.equal(orderQuantile(0, 10, 0.5), 0);
});
