import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { reference } from '../../src/engine/reference.ts';
import { float32 } from '../../src/flow/graph/program.ts';
import { evaluationProgram } from '../../src/flow/programs/log-prob.ts';
import { initialState, Optimizer, type OptimizerOptions } from '../../src/training/optimizer.ts';
import { assertClose } from '../support/close.ts';
import { flowOf, movedParameters, normalValues } from '../support/flows.ts';

const layers = [
  { type: 'coupling', hidden: [4] },
  { type: 'permutation', kind: 'swap' },
];
const flow = flowOf([{ repeat: 2, layers }], 2);
const parameters = movedParameters(flow, 0.5);
const options = {
  batchSize: 4,
  gradientClip: 0.5,
  weightDecay: 0.1,
  noise: 0,
  spread: [0, 0],
  averageDecay: 0.9,
  threads: 1,
  seed: 0,
};
const batches = Int32Array.from({ length: 12 }, (_, index) => (5 * index) % 8);
const rates = Float32Array.of(0.1, 0.05, 0.02);

const rowsWith = (change: (values: Float32Array) => void = () => {}) => {
  const values = Float32Array.from(normalValues(8, 2));
  change(values);
  return { values, shape: [8, 2] };
};

/** Adam as its paper writes it, on gradients from the reference engine one step at a time. */
async function adamByHand() {
  let at = Float64Array.from(parameters);
  const first = new Float64Array(at.length);
  const second = new Float64Array(at.length);
  let average = at;
  const losses = [];
  for (let step = 0; step < 3; step++) {
    const [loss, gradient] = await lossAndGradient(at, batches.slice(4 * step, 4 * step + 4));
    losses.push(loss);
    const norm = Math.hypot(...gradient);
    const scale = Math.min(1, options.gradientClip / norm);
    at = at.map((value, index) => {
      const slope = gradient[index] * scale;
      first[index] = 0.9 * first[index] + 0.1 * slope;
      second[index] = 0.999 * second[index] + 0.001 * slope ** 2;
      const mean = first[index] / (1 - 0.9 ** (step + 1));
      const square = second[index] / (1 - 0.999 ** (step + 1));
      return value - rates[step] * (mean / (Math.sqrt(square) + 1e-8) + options.weightDecay * value);
    });
    const kept = Math.min((step + 2) / (step + 11), options.averageDecay);
    average = average.map((value, index) => kept * value + (1 - kept) * at[index]);
  }
  return { at, average, losses };
}

async function lossAndGradient(at: Float64Array, batch: Int32Array): Promise<[number, number[]]> {
  const rows = rowsWith();
  const chosen = Float64Array.from(
    Array.from(batch).flatMap((row) => Array.from(rows.values.slice(2 * row, 2 * row + 2))),
  );
  const executable = await reference.load(evaluationProgram(flow));
  const loss = async (values: Float64Array) => {
    const { logProb } = await executable.run({
      rows: { values: chosen, shape: [batch.length, 2] },
      parameters: { values, shape: [values.length] },
    });
    return -Array.from(logProb.values, Number).reduce((total, value) => total + value, 0) / batch.length;
  };
  const step = 1e-6;
  const gradient = [];
  for (let index = 0; index < at.length; index++)
    gradient.push(
      ((await loss(at.with(index, at[index] + step))) - (await loss(at.with(index, at[index] - step)))) / (2 * step),
    );
  return [await loss(at), gradient];
}

test('three steps are those of Adam with clipping and decoupled decay, worked out by hand', async () => {
  const expected = await adamByHand();
  const optimizer = await Optimizer.load(onnxRuntime, flow, rowsWith(), {
    ...options,
    state: initialState(parameters),
  });
  const { losses } = await optimizer.advance(batches, rates);
  assertClose(losses, expected.losses, 1e-5, 'losses');
  // An Adam step is nearly the sign of the gradient where that is small: single precision shows there.
  assertClose(float32(optimizer.state.parameters), expected.at, 1e-3, 'parameters');
  assertClose(float32(optimizer.state.average), expected.average, 1e-3, 'average');
  assert.deepEqual(Array.from(float32(optimizer.state.stepsTaken)), [3]);
  await optimizer.release();
});

test('steps taken in one call or in several come to the same, bit for bit', async () => {
  const load = () => Optimizer.load(onnxRuntime, flow, rowsWith(), { ...options, state: initialState(parameters) });
  const [together, apart] = [await load(), await load()];
  await together.advance(batches, rates);
  await apart.advance(batches.slice(0, 4), rates.slice(0, 1));
  await apart.advance(batches.slice(4), rates.slice(1));
  assert.deepEqual(apart.state, together.state);
});

test('a step that is not finite is reported, changes nothing and is not counted', async () => {
  const spoilt = rowsWith((values) => {
    values[2 * batches[4]] = Number.NaN;
  });
  const optimizer = await Optimizer.load(onnxRuntime, flow, spoilt, { ...options, state: initialState(parameters) });
  const untouched = await Optimizer.load(onnxRuntime, flow, rowsWith(), {
    ...options,
    state: initialState(parameters),
  });
  // The second of three steps holds the row with the NaN, the others do not.
  const clean = Array.from(batches.slice(0, 4), (row) => (row === batches[4] ? 1 : row));
  const { losses } = await optimizer.advance(Int32Array.from([...clean, ...batches.slice(4, 8), ...clean]), rates);
  assert.ok(Number.isFinite(losses[0]) && Number.isNaN(losses[1]) && Number.isFinite(losses[2]), `${losses}`);
  await untouched.advance(Int32Array.from([...clean, ...clean]), Float32Array.of(rates[0], rates[2]));
  assert.deepEqual(optimizer.state, untouched.state);
  await optimizer.release();
  await untouched.release();
});

test('dropout leaves units out while training only, and repeats exactly by seed', async () => {
  const dropping = flowOf([{ type: 'coupling', hidden: [32, 32], dropout: 0.5 }], 2);
  const start = movedParameters(dropping, 0.5);
  const losses = async (seed: number) => {
    const optimizer = await Optimizer.load(onnxRuntime, dropping, rowsWith(), {
      ...options,
      seed,
      state: initialState(start),
    });
    // The same batch at a rate of zero: what differs from step to step is the units left out.
    const steps = await optimizer.advance(
      Int32Array.from({ length: 40 }, (_, index) => index % 4),
      new Float32Array(10),
    );
    await optimizer.release();
    return Array.from(steps.losses);
  };
  const first = await losses(1);
  assert.equal(new Set(first).size, 10);
  assert.deepEqual(await losses(1), first);
  assert.notDeepEqual(await losses(2), first);
});

/** The losses of so many steps on rows of zeros, at a rate of zero, under a standard normal density: what differs is noise. */
async function lossesOfZeros(change: Partial<OptimizerOptions>, steps: number): Promise<number[]> {
  const still = flowOf([{ type: 'scale' }], 2);
  const zeros = { values: new Float32Array(16), shape: [8, 2] };
  const state = initialState(new Float32Array(still.parameters.length));
  const optimizer = await Optimizer.load(onnxRuntime, still, zeros, { ...options, state, ...change });
  const { losses } = await optimizer.advance(new Int32Array(4 * steps), new Float32Array(steps));
  await optimizer.release();
  return Array.from(losses);
}

test('values are spread evenly over as much as is asked for, each column for itself', async () => {
  const steps = 2000;
  const log2Pi = Math.log(2 * Math.PI);
  // The mean of (x^2 + y^2) / 2 over the batch; x^2 has mean spread^2 / 12 and is never more than spread^2 / 4.
  const squares = (await lossesOfZeros({ spread: [2, 0] }, steps)).map((loss) => 2 * (loss - log2Pi));
  assert.ok(Math.max(...squares) <= 1 + 1e-5, `${Math.max(...squares)}`);
  const mean = squares.reduce((total, square) => total + square, 0) / steps;
  // Each x^2 has a deviation of 0.3: five standard errors of the mean of 4 x 2,000.
  assert.ok(Math.abs(mean - 1 / 3) < 0.017, `${mean}`);
  assert.ok((await lossesOfZeros({}, 5)).every((loss) => Math.abs(loss - log2Pi) < 1e-6));
});

test('noise is normal, of the deviation asked for', async () => {
  const steps = 2000;
  const squares = (await lossesOfZeros({ noise: 0.5 }, steps)).map((loss) => loss - Math.log(2 * Math.PI));
  const mean = squares.reduce((total, square) => total + square, 0) / steps;
  // (x^2 + y^2) / 2 has mean and deviation 0.25: five standard errors of the mean of 4 x 2,000.
  assert.ok(Math.abs(mean - 0.25) < 0.014, `${mean}`);
});

test('from its state and the position of its noise an optimiser goes on bit for bit, and goes back', async () => {
  const noisy = { ...options, noise: 0.1, spread: [0.5, 0], seed: 9 };
  const optimizer = await Optimizer.load(onnxRuntime, flow, rowsWith(), { ...noisy, state: initialState(parameters) });
  await optimizer.advance(batches.slice(0, 4), rates.slice(0, 1));
  const { state, noisePosition } = optimizer;
  const first = await optimizer.advance(batches.slice(4), rates.slice(1));
  const end = optimizer.state;
  optimizer.restore(state, noisePosition);
  assert.deepEqual(await optimizer.advance(batches.slice(4), rates.slice(1)), first);
  assert.deepEqual(optimizer.state, end);
  const other = await Optimizer.load(onnxRuntime, flow, rowsWith(), { ...noisy, state, noisePosition });
  assert.deepEqual(await other.advance(batches.slice(4), rates.slice(1)), first);
  assert.deepEqual(other.state, end);
  // Without the position the noise would begin again.
  const forgetful = await Optimizer.load(onnxRuntime, flow, rowsWith(), { ...noisy, state });
  assert.notDeepEqual(await forgetful.advance(batches.slice(4), rates.slice(1)), first);
  for (const each of [optimizer, other, forgetful]) await each.release();
});
