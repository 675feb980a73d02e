import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibrationPlot, differences, judgedColumns } from '../../src/figures/calibration-plot.ts';
import { type Metrics, measuresOf } from '../../src/figures/metrics.ts';
import { verdictsOf } from '../../src/figures/verdicts.ts';

const column = (name: string, pValue: number, histogram = new Array(20).fill(5)) => ({
  column: name,
  statistic: 0.05,
  pValue,
  coverage: [{ level: 0.5, observed: 0.5 }],
  histogram,
});
const twoSample = { coefficient: 0.01, pValue: 0.4, rows: [500, 500], permutations: 199 };
const memorization = { zScore: 0.3, medianSampleDistance: 1, medianTestDistance: 1, rows: 500, copied: false };
const right: Metrics = {
  twoSample,
  memorization,
  calibration: { columns: [column('x', 0.4), column('y', 0.03)], effectiveRows: 90 },
  calibrationRows: 999,
};
const standings = (metrics: Metrics) => verdictsOf(metrics).map(({ standing }) => standing);

test('a right model stands well, and what was tested is said with its p-value', () => {
  const verdicts = verdictsOf(right);
  // Of two columns, 0.03 is 0.06 by Holm.
  assert.deepEqual(standings(right), ['good', 'good', 'good', 'good']);
  assert.match(verdicts[0].tested, /500 test rows and 500 samples, all columns together: p = 0\.4 by 199 permutations/);
  assert.match(verdicts[1].tested, /500 samples with as many test rows .* z = 0\.3, p = 0\.62/);
  assert.match(verdicts[2].tested, /of 100 test rows .* 0\.06 after Holm’s adjustment for 2 tests/);
  // The tenth of 999 calibration rows is at a share of the beta distribution of 10 and 990.
  assert.match(verdicts[3].sentence, /at most 1 % of ordinary rows/);
  assert.match(verdicts[3].tested, /1 \/ 1,000, 0\.001\. .* between 0\.5 % and 1\.7 %/);
});

test('weak evidence is called so, and what chance hardly explains is named', () => {
  assert.deepEqual(
    standings({
      twoSample: { ...twoSample, pValue: 0.03 },
      memorization: { ...memorization, zScore: -2 },
      calibration: { columns: [column('x', 0.02)] },
      calibrationRows: 50,
    }),
    ['doubtful', 'doubtful', 'doubtful', 'doubtful'],
  );
  const bad = verdictsOf({
    twoSample: { ...twoSample, pValue: 0.005 },
    memorization: { ...memorization, zScore: -9, copied: true },
    calibration: { columns: [column('a', 0.5), column('b', 0.001), column('c', 1e-9)] },
  });
  assert.deepEqual(
    bad.map(({ standing }) => standing),
    ['bad', 'bad', 'bad'],
  );
  assert.equal(bad[2].sentence, '“b”, “c” are distributed otherwise than in the test rows.');
});

test('models of earlier versions have fewer verdicts and no band', () => {
  assert.deepEqual(verdictsOf({}), []);
  assert.match(calibrationPlot(column('x', 0.5), undefined).label, /^Calibration of x: largest distance 0\.05/);
});

test('the line of a column ends where it begins, and leaves its band where the column is wrong', () => {
  const even = differences(new Array(20).fill(5));
  assert.ok(even.every(({ difference }) => Math.abs(difference) < 1e-12));
  // All test rows in the lowest tenth: the line is highest there, at 0.9.
  const low = differences([50, 50, ...new Array(18).fill(0)]);
  assert.deepEqual([low[0].difference, Math.max(...low.map(({ difference }) => difference))], [0, 0.9]);
  assert.match(calibrationPlot(column('x', 0.5), 90).label, /the line stays within the 95 % band/);
  const narrow = [30, 20, ...new Array(16).fill(0), 20, 30];
  assert.match(calibrationPlot(column('x', 1e-4, narrow), 90).label, /the line leaves the 95 % band/);
  assert.deepEqual(
    judgedColumns({ columns: [column('x', 0.4), column('y', 0.03)] }).map((each) => [each.column, each.adjusted]),
    [
      ['y', 0.06],
      ['x', 0.4],
    ],
  );
});

test('measures are given where they are known, the gain as how many times likelier a row is', () => {
  assert.deepEqual(measuresOf({}), []);
  const measures = measuresOf({ testLogProb: -1, testStandardError: 0.1, gaussianTestLogProb: -1 - Math.log(2) });
  assert.deepEqual(
    measures.map(({ name, value }) => [name, value]),
    [
      ['Test log-likelihood', '−1.000'],
      ['The floor', '−1.693'],
      ['Gain', '+0.693'],
    ],
  );
  assert.match(measures[2].meaning, /a test row is 2 times as likely under this model/);
});
