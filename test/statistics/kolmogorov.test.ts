import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { kolmogorovQuantile, sameDistribution, uniformity } from '../../src/statistics/kolmogorov.ts';
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

test('the quantile is where the p-value is its chance', () => {
  for (const chance of [0.001, 0.01, 0.05])
    for (const rows of [5, 250, 1e4])
      assertClose([pValue(kolmogorovQuantile(chance, rows), rows) / chance], [1], 1e-4, `${chance} of ${rows}`);
});

test('two samples differ by the largest distance of their distribution functions, ties and infinite numbers among them', () => {
  const statistic = (first: number[], second: number[]) =>
    sameDistribution(Float64Array.from(first), Float64Array.from(second)).statistic;
  assert.equal(statistic([1, 2, 3], [1, 2, 3]), 0);
  assert.equal(statistic([1, 2], [3, 4]), 1);
  assert.equal(statistic([1, 1, 2, 2], [1, 2, 2, 2]), 0.25);
  assert.equal(statistic([-Infinity, -Infinity, 0, 1], [0, 1]), 0.5);
  assert.equal(statistic([5], [5, 5, 5, 6]), 0.25);
  assert.equal(sameDistribution(Float64Array.of(1), Float64Array.of(1)).pValue, 1);
  assert.throws(() => statistic([1, Number.NaN], [1]), RangeError);
});

test('of samples of one distribution, a share alpha has a p-value below alpha', () => {
  const random = new RandomStream(4, 'noise');
  const normals = (count: number) => Float64Array.from({ length: count }, () => random.normal());
  const pValues = Array.from({ length: 1000 }, () => sameDistribution(normals(150), normals(400)).pValue);
  for (const alpha of [0.01, 0.05, 0.2]) {
    const share = pValues.filter((pValue) => pValue <= alpha).length / pValues.length;
    // Three standard deviations of a share of a thousand; the distances of so few numbers are also a little discrete.
    assert.ok(
      Math.abs(share - alpha) < 3 * Math.sqrt((alpha * (1 - alpha)) / 1000) + 0.1 * alpha,
      `${share} of ${alpha}`,
    );
  }
});
