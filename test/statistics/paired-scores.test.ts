import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestFirst, levelsOf, meanOf, pairedDifference, type Scores } from '../../src/statistics/paired-scores.ts';
import { assertClose } from '../support/close.ts';

const scores = (...values: readonly (number | undefined)[]): Scores =>
  new Map(values.flatMap((value, seed) => (value === undefined ? [] : [[seed, value] as const])));

test('a mean has the standard error of independent numbers', () => {
  // Deviations -1, 0, 1: the variance is 2 / 2, the standard error 1 / √3.
  const three = meanOf([1, 2, 3]) ?? assert.fail();
  assertClose([three.mean, three.standardError ?? Number.NaN], [2, 1 / Math.sqrt(3)], 1e-15);
  assert.equal(three.count, 3);
  assert.deepEqual(meanOf([-4.5]), { mean: -4.5, standardError: null, count: 1 });
  assert.equal(meanOf([]), null);
});

test('differences are paired: what the pairs share is in neither the mean nor the standard error', () => {
  const a = scores(-1.5, -2.1, -3.3);
  const b = scores(-1, -2, -3);
  // -0.5, -0.1 and -0.3: mean -0.3, deviations -0.2, 0.2 and 0, variance 0.04, standard error 0.2 / √3.
  const difference = pairedDifference(a, b) ?? assert.fail();
  assertClose([difference.mean, difference.standardError ?? Number.NaN], [-0.3, 0.2 / Math.sqrt(3)], 1e-14);
  // The means themselves vary five times as much.
  assertClose([meanOf(b.values())?.standardError ?? Number.NaN], [1 / Math.sqrt(3)], 1e-14);
  const shifted = pairedDifference(scores(1.25, 11.25, -8.75), scores(1, 11, -9));
  assert.deepEqual(shifted, { mean: 0.25, standardError: 0, count: 3 });
});

test('only what both were scored on counts', () => {
  assert.deepEqual(pairedDifference(scores(-1, undefined, -3), scores(undefined, -2, -2.5)), {
    ...{ mean: -0.5, standardError: null, count: 1 },
  });
  assert.equal(pairedDifference(scores(-1), scores(undefined, -1)), null);
  assert.equal(pairedDifference(scores(), scores(-1)), null);
});

test('of those that were scored on the same the highest mean is first', () => {
  const entries = [
    { name: 'nothing', scores: scores() },
    { name: 'worse', scores: scores(-2, -4) },
    { name: 'better', scores: scores(-1, -4) },
    { name: 'as good', scores: scores(-3, -2) },
    { name: 'nothing either', scores: scores() },
  ];
  assert.deepEqual(
    bestFirst(entries).map(({ name }) => name),
    ['better', 'as good', 'worse', 'nothing', 'nothing either'],
  );
});

test('who was spared what is hard is not the better for it', () => {
  const entries = [
    { name: 'spared', scores: scores(-1.5) },
    { name: 'all', scores: scores(-1, -3) },
  ];
  assert.deepEqual(
    bestFirst(entries).map(({ name }) => name),
    ['all', 'spared'],
  );
  // Both have the first in common, where they are 0.5 apart; the means are 0.5 apart the other way.
  const [spared, all] = levelsOf(entries.map((entry) => entry.scores));
  assertClose([spared - all], [-0.5], 1e-9);
});

test('levels are those of the least-squares fit', () => {
  // By hand, with b at 0: a is (2 + 1) / 2 above it, which leaves the second an ease of ((1 - 1.5) + (0 - 0)) / 2 = -0.25; of c, that
  // was scored on it alone, the level is -1 + 0.25.
  const all = [scores(3, 1), scores(1, 0), scores(undefined, -1)];
  const [a, b, c] = levelsOf(all);
  assertClose([a - b, c - b], [1.5, -0.75], 1e-9);
  assert.deepEqual(levelsOf([scores(-1), scores()]), [-1, -Infinity]);
});
