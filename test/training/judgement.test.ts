import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { Member } from '../../src/flow/density.ts';
import { float32 } from '../../src/flow/graph/program.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { type FitProblem, fit } from '../../src/training/fit.ts';
import { judge } from '../../src/training/judging/judgement.ts';
import type { TrainingTable } from '../../src/training/table.ts';
import { assertClose } from '../support/close.ts';
import { here, problemOf, requestStop, stopFlag, tableFor, unstopped } from '../support/training.ts';

const random = new RandomStream(1, 'noise');

/** Rows of two columns. */
const rowsOf = (count: number, row: () => readonly [number, number]) =>
  Float64Array.from(Array.from({ length: count }, row).flat());

const linear = { layers: [{ type: 'lu' }] };
const names = ['x', 'y'];

async function fitted(problem: FitProblem) {
  const { density, metrics, warnings } = (await fit(here, problem, unstopped())) ?? assert.fail('it was stopped');
  return { members: density.members, metrics, warnings };
}

async function judged(table: TrainingTable, members: readonly Member[]) {
  const judgement = await judge(onnxRuntime, { table, members, seed: 0, threads: 1, stop: stopFlag() });
  return judgement ?? assert.fail('it was stopped');
}

/** Correlated normal columns, which a linear flow fits exactly. */
const normal = problemOf(
  rowsOf(1200, () => {
    const x = random.normal();
    return [3 * x, x + 0.5 * random.normal()];
  }),
  names,
  { flows: [linear], training: { steps: 600 } },
);
/** Two clouds that lie apart in either column. */
const clouds = problemOf(
  rowsOf(1200, () => {
    const side = random.uniform() < 0.5 ? -2 : 2;
    return [side + 0.5 * random.normal(), side + 0.5 * random.normal()];
  }),
  names,
);

test('the right model is calibrated, not told from the rows, and repeats none of them', async () => {
  const { metrics, warnings } = await fitted(normal);
  const { calibration, twoSample, memorization } = metrics;
  assert.deepEqual(warnings, []);
  assert.equal(calibration.calibrated, true);
  assert.deepEqual(
    calibration.columns.map(({ column }) => column),
    names,
  );
  for (const { coverage, histogram } of calibration.columns) {
    // 180 test rows: four binomial deviations, and what 840 training rows leave open.
    for (const { level, observed } of coverage) assert.ok(Math.abs(observed - level) < 0.15, `${level}: ${observed}`);
    assert.equal(
      histogram.reduce((total, count) => total + count, 0),
      180,
    );
  }
  assert.ok(twoSample.pValue > 0.01 && twoSample.coefficient < 0.02, JSON.stringify(twoSample));
  assert.deepEqual(twoSample.rows, [180, 500]);
  assert.ok(!memorization.copied && Math.abs(memorization.zScore) < 3, JSON.stringify(memorization));
  // Two parameters fewer than a Gaussian has, and the same family.
  assert.ok(Math.abs(metrics.testLogProb - Number(metrics.gaussianTestLogProb)) < 0.05, JSON.stringify(metrics));
  assert.ok(metrics.roundTripError < 1e-5, `${metrics.roundTripError}`);
});

test('a model of other rows is uncalibrated, told apart, and warned of', async () => {
  const { members } = await fitted(normal);
  const { metrics, warnings } = await judged(await tableFor(clouds), members);
  assert.equal(metrics.calibration.calibrated, false);
  assert.equal(metrics.twoSample.pValue, 1 / 200);
  assert.equal(warnings.length, 3, `${warnings}`);
  assert.equal(warnings[0], 'A Gaussian fits the test rows better: try a smaller flow, or more rows.');
  assert.match(warnings[1], /^The marginal distribution of "x", "y" differs from that of the test rows/);
  assert.match(
    warnings[2],
    /^Samples can be told from test rows \(energy coefficient 0\.\d+, permutation p-value 0\.0050\)\.$/,
  );
});

/** y given x, a wave and noise. */
const conditional = (height: number) =>
  problemOf(
    rowsOf(1200, () => {
      const x = random.normal();
      return [height * Math.sin(2 * x) + 0.3 * random.normal(), x];
    }),
    ['y', 'x'],
    { flows: [{ layers: [{ type: 'coupling', hidden: [32] }] }], context: 1, training: { steps: 1500 } },
  );

test('a conditional model is judged given the context', async () => {
  const [upright, inverted] = [conditional(1), conditional(-1)];
  const right = await fitted(upright);
  assert.deepEqual(right.warnings, []);
  assert.equal(right.metrics.calibration.calibrated, true);
  assert.ok(right.metrics.twoSample.pValue > 0.01);
  // In standardised units the marginal distribution of y is the same: only what it has to do with x is not.
  const wrong = await judged(await tableFor(inverted), right.members);
  assert.equal(wrong.metrics.calibration.calibrated, false);
  assert.match(wrong.warnings.join(), /marginal distribution of "y"/);
  assert.match(wrong.warnings.join(), /Samples can be told from test rows/);
});

test('where values are rounded it is their spread that a model is held to', async () => {
  const rounded = problemOf(
    rowsOf(1200, () => [Math.round(1.5 * random.normal()), Math.exp(random.normal())]),
    names,
    {
      flows: [
        {
          layers: [
            { type: 'coupling', transform: 'spline', hidden: [16] },
            { type: 'permutation', kind: 'swap' },
            { type: 'coupling', transform: 'spline', hidden: [16] },
          ],
        },
      ],
      training: { steps: 600 },
    },
  );
  const { metrics, warnings } = await fitted(rounded);
  assert.equal(metrics.calibration.calibrated, true);
  assert.ok(metrics.twoSample.pValue > 0.01 && !metrics.memorization.copied);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /^Columns with few distinct values, .*: "x" \(\d+ values, 1\)\.$/);
});

const withValidation = (table: TrainingTable, values: Float32Array): TrainingTable => {
  const { validation } = table;
  return { ...table, validation: { ...validation, rows: { ...validation.rows, values } } };
};

test('validation rows that differ from the test rows are noticed', async () => {
  const { members, metrics } = await fitted(normal);
  const table = await tableFor(normal);
  const shifted = float32(table.validation.rows).map((value) => value + 2);
  const { warnings } = await judged(withValidation(table, shifted), members);
  assert.equal(warnings.length, 1);
  const [, nats] =
    /^The log-likelihood of validation and test rows differs by ([\d.]+) nats, more than chance explains\.$/.exec(
      warnings[0],
    ) ?? assert.fail(warnings[0]);
  assert.ok(Number(nats) > 1);
  assert.equal((await judged(table, members)).metrics.testLogProb, metrics.testLogProb);
});

test('log-likelihoods are in the units of the data, and also without units', async () => {
  const table = await tableFor(normal);
  const { metrics } = await fitted(normal);
  const { testLogProb, standardizedTestLogProb, bitsPerDimension } = metrics;
  assertClose([testLogProb], [table.unitsLogDet + standardizedTestLogProb], 1e-12);
  assertClose([bitsPerDimension], [-testLogProb / (2 * Math.LN2)], 1e-12);
  // Entropies of 3 x and of 0.5 e; 180 rows of a mean of variance 1.
  const entropy = Math.log(2 * Math.PI * Math.E) + Math.log(3 * 0.5);
  assert.ok(Math.abs(testLogProb + entropy) < 0.38, `${testLogProb} against ${-entropy}`);
});

test('the same seed gives the same judgement', async () => {
  const { members } = await fitted(normal);
  assert.deepEqual(await judged(await tableFor(clouds), members), await judged(await tableFor(clouds), members));
});

test('a judgement that is no longer wanted is broken off', async () => {
  const { members } = await fitted(normal);
  const stop = stopFlag();
  requestStop(stop);
  const task = { table: await tableFor(normal), members, seed: 0, threads: 1, stop };
  assert.equal(await judge(onnxRuntime, task), undefined);
});
