import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { smoothed } from '../../src/serving/grid-smoothing.ts';
import { assertClose } from '../support/close.ts';

/** Bins of so many numbers on (0, 1), each drawn by `draw`. */
function binsOf(count: number, length: number, draw: () => number) {
  const shares = new Float64Array(length);
  for (let sample = 0; sample < count; sample++) shares[Math.floor(draw() * length)] += 1 / count;
  return { shape: [1, length], shares, squares: shares.map((share) => share / count), squareSum: 1 / count } as const;
}

test('a density that ends with a jump is right up to the edge', () => {
  const random = new RandomStream(1, 'noise');
  // On (0, 1) the density 2 (1 - u): at 0 it falls from 2 to nothing.
  const { shares, standardErrors } = smoothed(
    binsOf(20_000, 100, () => 1 - Math.sqrt(random.uniform())),
    [false, true],
  );
  for (const bin of [0, 1, 2, 50, 98, 99]) {
    const truth = (2 * (1 - (bin + 0.5) / 100)) / 100;
    assert.ok(Math.abs(shares[bin] - truth) < 4 * standardErrors[bin], `bin ${bin}: ${shares[bin]}, not ${truth}`);
  }
});

test('smoothing takes noise away, and the standard error says how much is left', () => {
  const random = new RandomStream(2, 'noise');
  const draw = () => Math.min(0.999, Math.max(0, 0.5 + 0.15 * random.normal()));
  const values = Array.from({ length: 30 }, () => smoothed(binsOf(5000, 100, draw), [false, true]));
  const middle = values.map(({ shares }) => shares[50]);
  const mean = middle.reduce((sum, value) => sum + value, 0) / middle.length;
  const deviation = Math.sqrt(middle.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (middle.length - 1));
  const stated = values.reduce((sum, { standardErrors }) => sum + standardErrors[50], 0) / values.length;
  const ofCounts = Math.sqrt(mean / 5000);
  assert.ok(stated < 0.6 * ofCounts, `${stated} of ${ofCounts}`);
  // The deviation of 30 values is itself known to 13 %.
  assert.ok(deviation < 1.5 * stated && deviation > 0.6 * stated, `${deviation}, said to be ${stated}`);
});

test('categories are not smoothed, and have the standard error of a share', () => {
  const bins = binsOf(1000, 4, new RandomStream(3, 'noise').uniform.bind(new RandomStream(3, 'noise')));
  const { shares, standardErrors } = smoothed(bins, [false, false]);
  assertClose(Array.from(shares), Array.from(bins.shares), 0, 'shares');
  const expected = Array.from(shares, (share) => Math.sqrt((share * (1 - share)) / 1000));
  assertClose(Array.from(standardErrors), expected, 1e-12, 'standard errors');
});
