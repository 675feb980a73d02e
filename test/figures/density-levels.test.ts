import assert from 'node:assert/strict';
import { test } from 'node:test';
import { levelsOf } from '../../src/figures/density-levels.ts';

/** Two normal distributions side by side. */
const values = Array.from({ length: 2500 }, (_, cell) => {
  const [x, y] = [(cell % 50) / 5 - 5, Math.floor(cell / 50) / 5 - 5];
  return Math.exp(-((x - 2) ** 2 + y ** 2) / 2) + 2 * Math.exp(-2 * ((x + 2) ** 2 + y ** 2));
});
const total = values.reduce((sum, value) => sum + value);

test('by shares, the cells from each threshold on hold that share, and not one cell more than it takes', () => {
  const { thresholds, shares, colours } = levelsOf(values, 'share');
  assert.deepEqual(shares, [0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05]);
  assert.equal(colours.length, 12);
  for (const [level, threshold] of thresholds.entries()) {
    const held = values.filter((value) => value >= threshold).reduce((sum, value) => sum + value);
    const without = values.filter((value) => value > threshold).reduce((sum, value) => sum + value, 0);
    assert.ok(held >= shares[level] * total - 1e-9 && without < shares[level] * total, `${shares[level]}`);
  }
});

test('by density, steps are equal, and rise to just below the highest', () => {
  const { thresholds } = levelsOf(values, 'density');
  const steps = thresholds.slice(1).map((threshold, index) => threshold - thresholds[index]);
  for (const step of steps) assert.ok(Math.abs(step - steps[0]) < 1e-12);
  assert.ok(thresholds[11] < Math.max(...values) && thresholds[11] > 0.9 * Math.max(...values));
});

test('levels that coincide are one, and where there is no density there is a level that nothing reaches', () => {
  // A single cell holds 97 % of all.
  const { thresholds, shares, colours } = levelsOf([97, 1, 1, 1], 'share');
  assert.deepEqual(thresholds, [1, 97]);
  assert.deepEqual(shares, [0.99, 0.05]);
  assert.deepEqual(colours, ['var(--density-1)', 'var(--density-12)']);
  assert.deepEqual(levelsOf([0, 0], 'density').thresholds, [1]);
});
