import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { autoCandidates } from '../../src/flow/spec.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.ts';
import { type Fit, type FitProblem, fit } from '../../src/training/fit.ts';
import { type RunState, train } from '../../src/training/run.ts';
import { combinations, total } from '../support/mixed.ts';
import { groups, mixedColumns, mixedLogDensity, mixedRows, samplesOf, scoresOf } from '../support/mixed-table.ts';
import { here, problemOf, shapeOf, stopFlag, tableFor, unstopped } from '../support/training.ts';

const rows = 3000;
const values = mixedRows(rows, new RandomStream(1, 'noise'));
const fresh = mixedRows(20_000, new RandomStream(2, 'noise'));
/** Some of the columns, in this order. */
const taken = (all: Float64Array, places: readonly number[]) =>
  Float64Array.from({ length: (all.length / 5) * places.length }, (_, index) => {
    return all[Math.floor(index / places.length) * 5 + places[index % places.length]];
  });

const fitted = async (problem: FitProblem): Promise<Fit> =>
  (await fit(here, problem, unstopped())) ?? assert.fail('it was stopped');

/** The mean, and its standard error. */
function estimateOf(numbers: readonly number[]) {
  const mean = total(numbers) / numbers.length;
  const variance = total(numbers.map((value) => (value - mean) ** 2)) / numbers.length;
  return { mean, standardError: Math.sqrt(variance / numbers.length) };
}

/** How far a density is from the true one: the divergence in nats, from fresh rows. */
function divergence(scores: readonly number[], given = false) {
  return estimateOf(scores.map((score, row) => mixedLogDensity(fresh.subarray(5 * row, 5 * row + 5), given) - score));
}

const truth = estimateOf(
  Array.from({ length: 20_000 }, (_, row) => mixedLogDensity(fresh.subarray(5 * row, 5 * row + 5))),
);

const problem = problemOf(values, mixedColumns, { flows: ['spline'], missing: 'model', training: { steps: 1200 } });

describe('a table of columns of every kind', () => {
  const result = fitted(problem);

  test('comes out with the density that its rows are drawn from', async () => {
    const { density, metrics } = await result;
    const { mean, standardError } = divergence(await scoresOf(density, fresh));
    // 2,100 rows to train on: what they leave open costs 1/2 nat for each parameter that is free, over their number.
    assert.ok(mean > -4 * standardError && mean < 0.1, `${mean} +- ${standardError}`);
    const { testLogProb, testStandardError, gaussianTestLogProb, roundTripError } = metrics;
    assert.ok(Math.abs(testLogProb - truth.mean) < 0.1 + 4 * testStandardError, `${testLogProb}, truth ${truth.mean}`);
    assert.ok(testStandardError > 0.02 && testStandardError < 0.1, `${testStandardError}`);
    assert.ok(roundTripError < 1e-4, `${roundTripError}`);
    assert.equal(gaussianTestLogProb, null);
  });

  test('is judged right', async () => {
    const { metrics, warnings } = await result;
    assert.deepEqual(warnings, []);
    assert.equal(metrics.calibration.calibrated, true);
    assert.deepEqual(
      metrics.calibration.columns.map(({ column }) => column),
      mixedColumns.map(({ name }) => name),
    );
    assert.ok(metrics.twoSample.pValue > 0.01 && !metrics.memorization.copied);
  });

  test('is sampled with the right frequencies and means, group by group', async () => {
    const samples = await samplesOf((await result).density, 20_000);
    for (const [group, { share, x, success, flagMissing, flagTrue, readingMissing }] of groups.entries()) {
      const own = samples.filter(([, code]) => code === group);
      const near = (name: string, actual: number, expected: number, tolerance: number) =>
        assert.ok(Math.abs(actual - expected) < tolerance, `${name} of group ${group}: ${actual}, not ${expected}`);
      // Of 2,100 rows 630 or more have the group: five standard errors of their means, or of their frequencies.
      near('the share', own.length / samples.length, share, 0.05);
      near('x', estimateOf(own.map(([value]) => value)).mean, x.mean, 0.2 * x.deviation);
      near('the count', estimateOf(own.map(([, , count]) => count)).mean, 20 * success, 0.5);
      const observed = own.filter(([, , , flag]) => !Number.isNaN(flag));
      near('missing flags', 1 - observed.length / own.length, flagMissing, 0.1);
      near('true flags', estimateOf(observed.map(([, , , flag]) => flag)).mean, flagTrue, 0.1);
      const read = own.filter((row) => !Number.isNaN(row[4]));
      near('missing readings', 1 - read.length / own.length, readingMissing, 0.1);
      near('the reading', estimateOf(read.map((row) => row[4])).mean, x.mean / 2, 0.2);
    }
    for (const [x, , count] of samples)
      assert.ok(Number.isFinite(x) && Number.isInteger(count) && count >= 0 && count <= 20, `${x}, ${count}`);
  });

  test('has no density between integers, beyond their bounds, or where a cell is missing that never was', async () => {
    const scores = await scoresOf(
      (await result).density,
      Float64Array.of(...[0, 1, 14, 0, 0.5], ...[0, 1, 14.5, 0, 0.5], ...[0, 1, 21, 0, 0.5], ...[NaN, 1, 14, 0, 0.5]),
    );
    assert.ok(Number.isFinite(scores[0]));
    assert.deepEqual(scores.slice(1), new Array(3).fill(Number.NEGATIVE_INFINITY));
  });
});

test('given a category as context it is the density of the rest', async () => {
  const order = [0, 2, 3, 4, 1];
  const columns = order.map((place) => mixedColumns[place]);
  const asked = { flows: ['spline'], missing: 'model', context: 1, training: { steps: 1200 } } as const;
  const { density, metrics, warnings } = await fitted(problemOf(taken(values, order), columns, asked));
  assert.deepEqual([density.columns.length, density.context, warnings], [4, ['group'], []]);
  assert.equal(metrics.calibration.calibrated, true);
  const { mean, standardError } = divergence(await scoresOf(density, taken(fresh, order)), true);
  assert.ok(mean > -4 * standardError && mean < 0.1, `${mean} +- ${standardError}`);
  for (const [group, { x, success }] of groups.entries()) {
    const samples = await samplesOf(density, 5000, [group]);
    const means = [0, 1].map((column) => estimateOf(samples.map((row) => row[column])).mean);
    assert.ok(Math.abs(means[0] - x.mean) < 0.2 * x.deviation, `${means}`);
    assert.ok(Math.abs(means[1] - 20 * success) < 0.5, `${means}`);
  }
});

test('a table of categories alone has the probabilities of their combinations', async () => {
  const order = [1, 3];
  const columns = order.map((place) => mixedColumns[place]);
  const asked = { flows: ['spline'], missing: 'model', training: { steps: 600 } } as const;
  const { density, metrics, warnings } = await fitted(problemOf(taken(values, order), columns, asked));
  assert.deepEqual(warnings, []);
  const codes = combinations([2, 3]).map(([group, flag]) => [group, flag === 2 ? Number.NaN : flag]);
  const probabilities = (await scoresOf(density, Float64Array.from(codes.flat()))).map(Math.exp);
  // Single precision.
  assert.ok(Math.abs(total(probabilities) - 1) < 1e-5, `${total(probabilities)}`);
  for (const [index, [group, flag]] of codes.entries()) {
    const { share, flagMissing, flagTrue } = groups[group];
    const ofFlag = flag === 1 ? flagTrue : 1 - flagTrue;
    const expected = share * (Number.isNaN(flag) ? flagMissing : (1 - flagMissing) * ofFlag);
    // Five deviations of a frequency in 2,100 rows.
    const tolerance = 5 * Math.sqrt((expected * (1 - expected)) / 2100);
    assert.ok(Math.abs(probabilities[index] - expected) < tolerance, `${[group, flag]}: ${probabilities[index]}`);
  }
  assert.equal(metrics.calibration.calibrated, true);
  assert.deepEqual([metrics.roundTripError, metrics.memorization.copied], [0, false]);
  // The flag tells of the group: independent categories cannot be as likely.
  assert.ok(metrics.testLogProb > Number(metrics.gaussianTestLogProb) + 0.1, JSON.stringify(metrics));
});

test('cells that are imputed are scored as what they are taken for, and dropped ones not at all', async () => {
  const fitWith = (missing: 'impute' | 'drop') =>
    fitted(problemOf(values, mixedColumns, { missing, training: { steps: 100 } }));
  const imputed = await fitWith('impute');
  const [, , , flag, reading] = imputed.density.encoding.columns;
  assert.deepEqual([flag.missing, reading.missing], [false, false]);
  const [given, filled] = await scoresOf(
    imputed.density,
    Float64Array.of(...[0, 1, 14, NaN, NaN], ...[0, 1, 14, Number(flag.fill), Number(reading.fill)]),
  );
  assert.ok(Number.isFinite(given) && given === filled, `${given}, ${filled}`);
  assert.ok(imputed.metrics.gaussianTestLogProb !== null);
  const dropped = await fitWith('drop');
  const scores = await scoresOf(dropped.density, Float64Array.of(...[0, 1, 14, 0, 0.5], ...[0, 1, 14, 0, NaN]));
  assert.ok(Number.isFinite(scores[0]));
  assert.equal(scores[1], Number.NEGATIVE_INFINITY);
});

test('rows that lack an integer do not differ from samples that lack it', async () => {
  const random = new RandomStream(5, 'noise');
  const present = () => random.below(2) + random.below(2);
  const sparse = Float64Array.from({ length: rows }, () => (random.uniform() < 0.6 ? Number.NaN : present()));
  const asked = { flows: ['spline'], missing: 'model', training: { steps: 400 } } as const;
  const { metrics } = await fitted(problemOf(sparse, [{ name: 'n', kind: 'integer' }], asked));
  assert.ok(metrics.twoSample.pValue > 0.01, JSON.stringify(metrics.twoSample));
  // More than half of either lack it, as training rows do.
  const { copied, medianSampleDistance, medianTestDistance } = metrics.memorization;
  assert.deepEqual([copied, medianSampleDistance, medianTestDistance], [false, 0, 0]);
});

test('stopped and taken up again, its training comes to the same bit for bit', async () => {
  const { candidates, training, seed } = problem;
  const table = await tableFor(problem);
  const task = {
    ...{ table, spec: candidates[0], training, seed, threads: 1, deadline: Number.POSITIVE_INFINITY },
  };
  const run = (until: number, state?: RunState) =>
    train(onnxRuntime, { ...task, until, state }, { stop: stopFlag(), onProgress() {}, onState() {} });
  const lasting = ({ seconds: _seconds, trainLogProb: _trainLogProb, ...state }: RunState) => state;
  const unbroken = await run(60);
  let state: RunState | undefined;
  for (const until of [0, 1, 13, 50, 60]) {
    state = await run(until, state);
    const bytes = encodeCheckpoint({ seconds: 0, rounds: [], runs: new Map([[0, state]]) });
    state = decodeCheckpoint(bytes).runs.get(0) ?? assert.fail('the run was not stored');
  }
  assert.deepEqual(state && lasting(state), lasting(unbroken));
});

test('"auto" races the flows that it has for such a table', async () => {
  const shape = shapeOf(values, mixedColumns, { context: 0, missing: 'model' });
  assert.deepEqual(shape, { columns: 3, context: 0, categories: [2, 2, 3], gaps: [2] });
  const candidates = autoCandidates({ ...shape, rows, path: '/flow' }).map(({ spec }) => spec);
  const training = { ...problem.training, steps: 400, raceSteps: 50, evaluationSteps: 50, ensemble: 2 };
  const { density, winners } = await fitted({ ...problem, candidates, training });
  assert.deepEqual(
    density.members.map(({ spec }) => spec),
    winners.map((winner) => candidates[winner]),
  );
  assert.equal(new Set(winners).size, 2);
  const { mean, standardError } = divergence(await scoresOf(density, fresh));
  assert.ok(mean > -4 * standardError && mean < 0.15, `${mean} +- ${standardError}`);
});
