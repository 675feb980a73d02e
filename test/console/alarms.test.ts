import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  attainable,
  discoveryCutoff,
  falseAlarms,
  flaggedCount,
  pValueBins,
  ranked,
  readableCount,
  type Scores,
} from '../../console/src/pages/model/anomalies/alarms.ts';
import { flaggedCsv } from '../../console/src/pages/model/anomalies/flagged-csv.ts';
import { columnSentence, rankedColumns, scoreSentence } from '../../console/src/pages/model/drift/words.ts';
import { shapeOfSummary, shapeOfValues } from '../../console/src/plots/shapes.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { benjaminiHochberg, calibrationLogProbs, pValue } from '../../src/training/conformal.ts';

const scores = (pairs: readonly (readonly [p: number, logProb: number])[]): Scores => ({
  pValues: Float64Array.from(pairs, ([p]) => p),
  logProbs: Float64Array.from(pairs, ([, logProb]) => logProb),
});
const unread = [Number.NaN, Number.NaN] as const;

test('the most unusual rows come first, impossible ones before all of their p-value, and unreadable ones last', () => {
  const table = scores([[0.5, -1], unread, [0.01, -9], [0.01, -Infinity], [0.01, -12], unread, [0.5, -1]]);
  assert.deepEqual([...ranked(table)], [3, 4, 2, 0, 6, 1, 5]);
  assert.equal(readableCount(table), 5);
});

test('flagged are the first of the ranking: by p-value, and all that are impossible', () => {
  const table = scores([[0.2, -1], unread, [0.01, -9], [0.1, -Infinity], [0.1, -3]]);
  assert.equal(flaggedCount(table, 0.001), 1);
  assert.equal(flaggedCount(table, 0.01), 2);
  assert.equal(flaggedCount(table, 0.1), 3);
});

test('false alarms: the steps of so many calibration rows', () => {
  assert.equal(attainable(0.01, 99), 0.01);
  assert.equal(attainable(0.0099, 99), 0);
  assert.equal(attainable(0.3, 9), 0.3);
  // 29 of 301 places.
  assert.equal(falseAlarms(0.0999, 1000, 300).rate, 30 / 301);
  assert.equal(falseAlarms(0.0999, 1000, 300).expected, 30_000 / 301);
  assert.deepEqual(falseAlarms(0.001, 1000, 300), { rate: 0, expected: 0, deviation: 0 });
});

test('the mean and the deviation of false alarms are those of simulated ones', () => {
  const random = new RandomStream(5, 'noise');
  const [calibrationRows, rows, alpha, repeats] = [80, 200, 0.1, 2000];
  const counts = Array.from({ length: repeats }, () => {
    const calibration = calibrationLogProbs(Array.from({ length: calibrationRows }, () => random.normal()));
    return Array.from({ length: rows }, () => pValue(calibration, random.normal())).filter((p) => p <= alpha).length;
  });
  const mean = counts.reduce((sum, count) => sum + count, 0) / repeats;
  const deviation = Math.sqrt(counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (repeats - 1));
  const expected = falseAlarms(alpha, rows, calibrationRows);
  // Four standard errors of the mean, and about as many of the deviation.
  assert.ok(Math.abs(mean - expected.expected) < (4 * expected.deviation) / Math.sqrt(repeats), `${mean}`);
  assert.ok(Math.abs(deviation / expected.deviation - 1) < 0.08, `${deviation}, ${expected.deviation}`);
});

test('the cutoff for a rate of false discoveries is the service’s', () => {
  const random = new RandomStream(3, 'noise');
  for (const rate of [0.1, 0.2, 0.3]) {
    const pValues = Float64Array.from({ length: 400 }, (_, row) => {
      if (row % 50 === 0) return Number.NaN;
      return Math.ceil(500 * (row % 4 === 0 ? random.uniform() / 50 : random.uniform())) / 500;
    });
    const table = { pValues, logProbs: pValues.map(Math.log) };
    const known = pValues.filter((p) => !Number.isNaN(p));
    const adjusted = benjaminiHochberg(known);
    const expected = known.filter((_, row) => adjusted[row] <= rate).length;
    assert.ok(expected > 0);
    assert.equal(flaggedCount(table, discoveryCutoff(table, ranked(table), rate)), expected);
  }
  const usual = scores([[0.5, -1], [0.7, -1], unread]);
  assert.equal(discoveryCutoff(usual, ranked(usual), 0.1), 0);
});

test('bins hold each p-value once, and as many as would be expected where all are usual', () => {
  const calibrationRows = 300;
  // Each possible p-value twice.
  const pValues = Float64Array.from({ length: 602 }, (_, row) => (1 + (row % 301)) / 301);
  const bins = pValueBins(pValues, calibrationRows);
  assert.equal(
    bins.reduce((sum, { count }) => sum + count, 0),
    602,
  );
  for (const { from, to, count, expected } of bins) {
    assert.ok(from < to);
    assert.ok(Math.abs(count - expected) < 1e-6, `${from} to ${to}: ${count}, expected ${expected}`);
  }
  assert.equal(bins[bins.length - 1].to, 1);
  assert.equal(pValueBins(Float64Array.of(Number.NaN), 20)[0].count, 0);
});

test('flagged rows as CSV say which they are', async () => {
  const csv = await flaggedCsv(
    {
      ...scores([
        [0.5, -1],
        [0.01, -Infinity],
      ]),
      rows: [
        [1, 'a, b'],
        [null, true],
      ],
    },
    ['x', 'name'],
    Uint32Array.of(1, 0),
  );
  assert.equal(csv, 'row,pValue,logProb,x,name\n2,0.01,,,true\n1,0.5,-1,1,"a, b"\n');
});

test('shapes integrate to one, in whatever bins', () => {
  const reference = shapeOfSummary({ histogram: { edges: [0, 1, 3], counts: [2, 2] } });
  assert.ok(reference?.kind === 'numbers');
  assert.deepEqual(reference.densities, [0.5, 0.25]);
  const batch = shapeOfValues([0, 1, 2, 10, null, 'x'], reference);
  assert.ok(batch?.kind === 'numbers');
  const mass = batch.densities.reduce(
    (sum, density, bin) => sum + density * (batch.edges[bin + 1] - batch.edges[bin]),
    0,
  );
  assert.ok(Math.abs(mass - 1) < 1e-12);
  const single = shapeOfValues([2, 2], reference);
  assert.ok(single?.kind === 'numbers' && single.densities.length === 1);
  assert.equal(shapeOfValues([null], reference), undefined);
  const categories = shapeOfSummary({
    categories: [
      { value: true, count: 3 },
      { value: false, count: 1 },
    ],
  });
  assert.ok(categories?.kind === 'categories');
  assert.deepEqual(
    [...categories.shares],
    [
      ['true', 0.75],
      ['false', 0.25],
    ],
  );
});

test('findings are said in plain words, and those that tell most come first', () => {
  const column = {
    column: 'x',
    test: 'kolmogorov-smirnov',
    statistic: 0.2,
    distance: 0.2,
    stabilityIndex: 0.3,
  } as const;
  const found = { ...column, pValue: 1e-20, adjustedPValue: 2e-20, drifted: true };
  assert.match(columnSentence(found), /^Differs: .* 20 percentage points apart.*p < 1e−12\.$/);
  const usual = { ...column, column: 'y', distance: 0.01, pValue: 0.4, adjustedPValue: 0.8, drifted: false };
  assert.match(columnSentence(usual), /^No difference beyond chance: .* in 40 % of all cases\.$/);
  const equal = { ...usual, column: 'z', distance: 0.02 };
  assert.deepEqual(
    rankedColumns([usual, equal, found]).map(({ column: name }) => name),
    ['x', 'z', 'y'],
  );
  assert.match(scoreSentence({ ...found, meanDifference: -0.9 }), /0\.9 nats less likely/);
});
