import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32 } from '../../src/flow/graph/program.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { type Fit, fit, type Progress } from '../../src/training/fit.ts';
import type { TrainingOptions } from '../../src/training/recipe.ts';
import { tasksHere } from '../../src/training/tasks.ts';
import { assertClose } from '../support/close.ts';
import { here, problemOf, requestStop, stopFlag, training, unstopped } from '../support/training.ts';
import { twoMoons } from '../support/two-moons.ts';

const moons = twoMoons(1000, { noise: 0.05, seed: 1 });

/** Two moons fitted; fails when the fit was stopped. */
async function fitMoons(options: TrainingOptions, { values = moons, seed = 0 } = {}): Promise<Fit> {
  const problem = problemOf(values, ['x', 'y'], { flows: ['real-nvp'], training: options, seed });
  return (await fit(here, problem, unstopped())) ?? assert.fail('it was stopped');
}

test('two moons come out better than a Gaussian by more than 0.8 nats, and invertible', async () => {
  const result = await fitMoons({ steps: 2000 });
  const { testLogProb, gaussianTestLogProb: floor, roundTripError } = result.metrics;
  assert.ok(floor !== null && testLogProb > floor + 0.8, `${testLogProb} against ${floor}`);
  assert.ok(roundTripError < 1e-3, `${roundTripError}`);
  assert.equal(result.metrics.bitsPerDimension, -testLogProb / (2 * Math.LN2));
  // 150 test rows whose log-density has a deviation near 1.
  const { testStandardError } = result.metrics;
  assert.ok(testStandardError > 0.03 && testStandardError < 0.3, `${testStandardError}`);
  assert.deepEqual(result.winners, [0]);
  assert.deepEqual(result.warnings, []);
});

test('what a flow has to clear on the validation rows is told from the first report on', async () => {
  const reports: Progress[] = [];
  const problem = problemOf(moons, ['x', 'y'], { training: { steps: 20 } });
  const result = await fit(here, problem, { ...unstopped(), onProgress: (progress) => reports.push(progress) });
  const floors = [...reports, result?.progress].map((progress) => progress?.gaussianValidationLogProb);
  assert.ok(reports.length > 0 && new Set(floors).size === 1, String(floors));
  // Both of 150 rows, whose log-density has a deviation near 1: six standard errors of their difference.
  assert.ok(Math.abs(Number(floors[0]) - Number(result?.metrics.gaussianTestLogProb)) < 0.7, String(floors));
});

test('units change the log-likelihood by the logarithm of their sizes, and nothing else', async () => {
  const scaled = moons.map((value, index) => (index % 2 === 0 ? 1000 * value + 5e6 : value / 64));
  const options = { steps: 200 };
  const [plain, other] = [await fitMoons(options), await fitMoons(options, { values: scaled })];
  const shift = -Math.log(1000 / 64);
  // 5e6 + 1000 x keeps 10 digits of x; the rest is how single precision spreads over 200 steps.
  for (const name of ['trainLogProb', 'validationLogProb', 'testLogProb'] as const)
    assert.ok(Math.abs(other.metrics[name] - plain.metrics[name] - shift) < 1e-2, name);
});

test('a conditional flow finds the density given its context', async () => {
  const random = new RandomStream(1, 'noise');
  // y given x is normal with mean sin 2x and deviation 0.2 + 0.3 |x|.
  const deviation = (x: number) => 0.2 + 0.3 * Math.abs(x);
  const values = new Float64Array(2 * 4000);
  for (let row = 0; row < 4000; row++) {
    const x = random.normal();
    values.set([Math.sin(2 * x) + deviation(x) * random.normal(), x], 2 * row);
  }
  const asked = { flows: ['real-nvp'], context: 1, training: { steps: 1500 } };
  const result = await fit(here, problemOf(values, ['y', 'x'], asked), unstopped());
  assert.ok(result);
  assert.deepEqual([result.density.columns, result.density.context], [['y'], ['x']]);
  const entropy = 0.5 * Math.log(2 * Math.PI * Math.E) + meanLogDeviation(deviation);
  // 600 test rows: five standard errors of a mean of variance 1/2, and 0.05 nats for what 2,800 rows cannot tell.
  assert.ok(Math.abs(result.metrics.testLogProb + entropy) < 0.2, `${result.metrics.testLogProb} against ${-entropy}`);
});

test('the same seed gives the same model, another seed another one', async () => {
  const density = async (seed: number) => (await fitMoons({ steps: 60 }, { seed })).density;
  assert.deepEqual(await density(3), await density(3));
  assert.notDeepEqual(await density(3), await density(4));
});

const endless = { steps: 1_000_000, patience: 1_000_000 };

test('it stops when asked, between two native calls', async () => {
  const stop = stopFlag();
  const problem = problemOf(moons, ['x', 'y'], { training: endless });
  assert.equal(await fit(here, problem, { stop, onProgress: () => requestStop(stop) }), undefined);
});

test('it ends when its time is up', async () => {
  const { progress } = await fitMoons({ ...endless, budgetSeconds: 0.5 });
  assert.ok(progress.step > 0 && progress.step < 1_000_000);
});

test('it reports how far it is', async () => {
  const reports: Progress[] = [];
  const problem = problemOf(moons, ['x', 'y'], { training: { steps: 300 } });
  let rows = 0;
  const result = await fit(here, problem, {
    ...unstopped(),
    onProgress: (progress) => void reports.push(progress),
    onRows: (count) => {
      rows += count;
    },
  });
  assert.equal(rows, 300 * 128);
  assert.ok(reports.length > 0);
  assert.ok(reports.every(({ step, steps }) => step > 0 && step <= steps && steps === 300));
  assert.deepEqual([result?.progress.step, result?.progress.steps], [300, 300]);
  assert.equal(result?.progress.epoch, Math.floor((300 * 128) / 700));
  // The best of single precision, against the same rows scored in double precision.
  assertClose([Number(result?.progress.validationLogProb)], [Number(result?.metrics.validationLogProb)], 1e-5);
});

test('a flow that is worse than a Gaussian says so', async () => {
  const random = new RandomStream(9, 'noise');
  const values = new Float64Array(2 * 300);
  for (let row = 0; row < 300; row++) {
    const x = random.normal();
    values.set([x, x + 0.1 * random.normal()], 2 * row);
  }
  // It knows nothing of the correlation.
  const asked = { flows: [{ layers: [{ type: 'scale' }] }], training: { steps: 100 } };
  const result = await fit(here, problemOf(values, ['x', 'y'], asked), unstopped());
  assert.equal(result?.warnings[0], 'A Gaussian fits the test rows better: try a smaller flow, or more rows.');
});

test('a column that does not vary is named', async () => {
  const flat = moons.map((value, index) => (index % 2 === 1 ? 0.1 : value));
  await assert.rejects(fitMoons({}, { values: flat }), {
    code: 'constant-column',
    message: /"y" is 0\.1 in all 1000 rows/,
  });
});

test('values that cannot be squared are refused', async () => {
  const huge = moons.map((value, index) => (index % 2 === 1 ? value * 1e200 : value));
  await assert.rejects(fitMoons({}, { values: huge }), { code: 'values-too-large' });
});

test('training whose losses stay without a finite value fails, and names the step', async () => {
  const broken = tasksHere(training(({ losses }) => void float32(losses).fill(Number.NaN, -1)));
  await assert.rejects(fit(broken, problemOf(moons, ['x', 'y']), unstopped()), {
    code: 'diverged',
    message: /not finite at step \d+, though the learning rate was halved 10 times/,
  });
});

/** The mean of log deviation(x) over a standard normal x, by the midpoint rule. */
function meanLogDeviation(deviation: (x: number) => number): number {
  let total = 0;
  for (let x = -8; x < 8; x += 0.01)
    total += (0.01 * Math.log(deviation(x + 0.005)) * Math.exp(-0.5 * (x + 0.005) ** 2)) / Math.sqrt(2 * Math.PI);
  return total;
}
