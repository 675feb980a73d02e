import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { TensorValues } from '../../src/flow/graph/program.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { type FitControl, fit, type Progress } from '../../src/training/fit.ts';
import { gaussianTestLogProb } from '../../src/training/gaussian.ts';
import { resolveTraining, type TrainingOptions } from '../../src/training/recipe.ts';
import { fitStandardization, Minibatches, splitRows } from '../../src/training/rows.ts';
import { learningRate } from '../../src/training/schedule.ts';
import { twoMoons } from '../support/two-moons.ts';

const never: FitControl = { onProgress: () => {}, stopRequested: () => false };

function problem(values: Float64Array, columns: readonly string[], options: TrainingOptions = {}, seed = 0) {
  const training = resolveTraining(options, { rows: values.length / columns.length });
  const { spec } = resolveFlow('real-nvp', { columns: columns.length, rows: 1000, path: '/flow' });
  return { rows: { values, columns }, spec, training, context: 0, seed, threads: 1 };
}

describe('fit', () => {
  const moons = twoMoons(1000, { noise: 0.05, seed: 1 });

  test('two moons come out better than a Gaussian by more than 0.8 nats, and invertible', async () => {
    const result = await fit(onnxRuntime, problem(moons, ['x', 'y'], { steps: 2000 }), never);
    assert.ok(result);
    const { testLogProb, gaussianTestLogProb: floor, roundTripError } = result.metrics;
    assert.ok(floor !== null && testLogProb > floor + 0.8, `${testLogProb} against ${floor}`);
    assert.ok(roundTripError < 1e-3, `${roundTripError}`);
    assert.equal(result.metrics.bitsPerDimension, -testLogProb / (2 * Math.LN2));
    // 150 test rows whose log-density has a deviation near 1.
    const { testStandardError } = result.metrics;
    assert.ok(testStandardError > 0.03 && testStandardError < 0.3, `${testStandardError}`);
    assert.deepEqual(result.warnings, []);
  });

  test('units change the log-likelihood by the logarithm of their sizes, and nothing else', async () => {
    const scaled = moons.map((value, index) => (index % 2 === 0 ? 1000 * value + 5e6 : value / 64));
    const options = { steps: 200 };
    const plain = await fit(onnxRuntime, problem(moons, ['x', 'y'], options), never);
    const other = await fit(onnxRuntime, problem(scaled, ['x', 'y'], options), never);
    assert.ok(plain && other);
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
    const { spec } = resolveFlow('real-nvp', { columns: 1, context: 1, rows: 4000, path: '' });
    const asked = { ...problem(values, ['y', 'x'], { steps: 1500 }), spec, context: 1 };
    const result = await fit(onnxRuntime, asked, never);
    assert.ok(result);
    assert.deepEqual([result.density.columns, result.density.context], [['y'], ['x']]);
    const entropy = 0.5 * Math.log(2 * Math.PI * Math.E) + meanLogDeviation(deviation);
    // 600 test rows: five standard errors of a mean of variance 1/2, and 0.05 nats for what 2,800 rows cannot tell.
    assert.ok(
      Math.abs(result.metrics.testLogProb + entropy) < 0.2,
      `${result.metrics.testLogProb} against ${-entropy}`,
    );
  });

  test('the same seed gives the same model, another seed another one', async () => {
    const parameters = async (seed: number) =>
      (await fit(onnxRuntime, problem(moons, ['x', 'y'], { steps: 60 }, seed), never))?.density.members[0].parameters;
    assert.deepEqual(await parameters(3), await parameters(3));
    assert.notDeepEqual(await parameters(3), await parameters(4));
  });

  test('it stops when asked, between two native calls', async () => {
    let reports = 0;
    const control = { onProgress: () => void reports++, stopRequested: () => reports > 0 };
    assert.equal(
      await fit(onnxRuntime, problem(moons, ['x', 'y'], { steps: 1_000_000, patience: 1_000_000 }), control),
      undefined,
    );
  });

  test('it ends when its time is up', async () => {
    const options = { steps: 1_000_000, patience: 1_000_000, budgetSeconds: 0.5 };
    const result = await fit(onnxRuntime, problem(moons, ['x', 'y'], options), never);
    assert.ok(result && result.progress.step > 0 && result.progress.step < 1_000_000);
  });

  test('it reports how far it is', async () => {
    const reports: Progress[] = [];
    await fit(onnxRuntime, problem(moons, ['x', 'y'], { steps: 300 }), {
      ...never,
      onProgress: (p) => void reports.push(p),
    });
    assert.ok(reports.length > 0);
    assert.ok(reports.every(({ step, steps }) => step > 0 && step <= steps && steps === 300));
  });

  test('a flow that is no better than a Gaussian says so', async () => {
    const random = new RandomStream(9, 'noise');
    const values = Float64Array.from({ length: 60 * 8 }, () => random.normal());
    const names = Array.from({ length: 8 }, (_, index) => `c${index}`);
    const options = { steps: 3000, patience: 1000, weightDecay: 0, learningRate: 0.01 };
    const result = await fit(onnxRuntime, problem(values, names, options), never);
    assert.ok(result && result.metrics.gaussianTestLogProb !== null);
    assert.equal(
      result.warnings.includes('A Gaussian fits the test rows better: try a smaller flow, or more rows.'),
      result.metrics.testLogProb < result.metrics.gaussianTestLogProb,
    );
  });

  test('a column that does not vary is named', async () => {
    const flat = moons.map((value, index) => (index % 2 === 1 ? 0.1 : value));
    await assert.rejects(fit(onnxRuntime, problem(flat, ['x', 'y']), never), {
      code: 'constant-column',
      message: /"y" is 0\.1 in all 700 training rows/,
    });
  });

  test('values that cannot be squared are refused', async () => {
    const huge = moons.map((value, index) => (index % 2 === 1 ? value * 1e200 : value));
    await assert.rejects(fit(onnxRuntime, problem(huge, ['x', 'y']), never), { code: 'values-too-large' });
  });

  test('training whose losses stay without a finite value fails, and names the step', async () => {
    const broken: Engine = {
      async load(program, options) {
        const executable = await onnxRuntime.load(program, options);
        const run: typeof executable.run = async (inputs) => {
          const outputs = await executable.run(inputs);
          for (const [name, { values }] of Object.entries<TensorValues>(outputs))
            if (name === 'losses' && values instanceof Float32Array) values.fill(Number.NaN, -1);
          return outputs;
        };
        return { ...executable, run };
      },
    };
    await assert.rejects(fit(broken, problem(moons, ['x', 'y']), never), {
      code: 'diverged',
      message: /not finite at step \d+, though the learning rate was halved 10 times/,
    });
  });
});

test('the parts of a split are disjoint and together everything', () => {
  const training = resolveTraining({ validationFraction: 0.2, testFraction: 0.1 }, { rows: 100 });
  const parts = splitRows(100, training, 5);
  assert.deepEqual([parts.training.length, parts.validation.length, parts.test.length], [70, 20, 10]);
  const all = [...parts.training, ...parts.validation, ...parts.test].sort((a, b) => a - b);
  assert.deepEqual(
    all,
    Array.from({ length: 100 }, (_, index) => index),
  );
});

test('standardisation keeps its digits for large values close together', () => {
  const values = Float64Array.from({ length: 100 }, (_, index) => 1.7e12 + (index % 2));
  const { location, scale } = fitStandardization({ values, columns: ['time'] }, Int32Array.from(values.keys()));
  assert.deepEqual([location, scale], [[1.7e12 + 0.5], [0.5]]);
});

test('minibatches pass over all rows before one comes again', () => {
  const minibatches = new Minibatches(10, 5, 1);
  const epoch = () => Array.from(minibatches.next(2)).sort((a, b) => a - b);
  assert.deepEqual(epoch(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(epoch(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('the learning rate rises, then falls along a cosine to zero', () => {
  const training = resolveTraining({ steps: 1000, warmupSteps: 10, learningRate: 0.5 }, { rows: 100 });
  const rate = (step: number) => learningRate(step, training);
  assert.equal(rate(0), 0.05);
  assert.equal(rate(9), 0.5);
  assert.ok(Math.abs(rate(505) - 0.25) < 1e-12);
  assert.ok(rate(999) < 1e-5);
});

test('the Gaussian floor is that of the closed form', () => {
  const random = new RandomStream(1, 'noise');
  // y = x + 0.5 e: an entropy of log(2 pi e) + log 0.5 for n = infinity.
  const draw = (rows: number) => {
    const values = new Float32Array(2 * rows);
    for (let row = 0; row < rows; row++) {
      values[2 * row] = random.normal();
      values[2 * row + 1] = values[2 * row] + 0.5 * random.normal();
    }
    return { values, shape: [rows, 2] };
  };
  const floor = gaussianTestLogProb(draw(50_000), draw(50_000), 2);
  // The log-density of a row has variance 1: five standard errors of the mean of 50,000.
  assert.ok(
    floor !== undefined && Math.abs(floor + Math.log(2 * Math.PI * Math.E) + Math.log(0.5)) < 0.0225,
    `${floor}`,
  );
  // Given x, y is normal with deviation 0.5.
  const [training, test] = [draw(50_000), draw(50_000)].map(({ values, shape }) => ({
    values: values.map((_, index) => values[index ^ 1]),
    shape,
  }));
  const given = gaussianTestLogProb(training, test, 1);
  assert.ok(
    given !== undefined && Math.abs(given + 0.5 * Math.log(2 * Math.PI * Math.E) + Math.log(0.5)) < 0.0225,
    `${given}`,
  );
  const collinear = { values: Float32Array.from({ length: 40 }, (_, index) => Math.floor(index / 2)), shape: [20, 2] };
  assert.equal(gaussianTestLogProb(collinear, collinear, 2), undefined);
});

/** The mean of log deviation(x) over a standard normal x, by the midpoint rule. */
function meanLogDeviation(deviation: (x: number) => number): number {
  let total = 0;
  for (let x = -8; x < 8; x += 0.01)
    total += (0.01 * Math.log(deviation(x + 0.005)) * Math.exp(-0.5 * (x + 0.005) ** 2)) / Math.sqrt(2 * Math.PI);
  return total;
}
