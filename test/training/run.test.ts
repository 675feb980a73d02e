import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { float32 } from '../../src/flow/graph/program.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.ts';
import { Minibatches } from '../../src/training/rows.ts';
import { type RunControl, type RunState, type RunTask, train } from '../../src/training/run.ts';
import { learningRate } from '../../src/training/schedule.ts';
import type { TrainingTable } from '../../src/training/table.ts';
import { problemOf, requestStop, stopFlag, tableFor, training } from '../support/training.ts';

/** Everything in which chance has a part: dropout, noise, and a column of whole numbers, whose values are spread. */
const flow = {
  base: { type: 'student-t' },
  layers: [{ repeat: 2, layers: [{ type: 'coupling', hidden: [8], dropout: 0.2 }, { type: 'permutation' }] }],
};
const random = new RandomStream(1, 'noise');
const rows = Float64Array.from({ length: 3 * 200 }, (_, index) =>
  index % 3 === 2 ? Math.round(2 * random.normal()) : random.normal(),
);
const problem = problemOf(rows, ['x', 'y', 'n'], {
  flows: [flow],
  // 140 rows to train on: eight batches and a rest.
  training: { steps: 60, evaluationSteps: 10, batchSize: 16, noise: 0.05, patience: 100 },
  seed: 3,
});
const table = await tableFor(problem);

const task: RunTask = {
  table,
  spec: problem.candidates[0],
  training: problem.training,
  seed: problem.seed,
  threads: 1,
  until: problem.training.steps,
  deadline: Infinity,
};

const unstopped = (): RunControl => ({ stop: stopFlag(), onProgress() {}, onState() {} });
const run = (change: Partial<RunTask> = {}, engine: Engine = onnxRuntime) =>
  train(engine, { ...task, ...change }, unstopped());

/** What must come out the same; the rest is about time, and about the last call. */
function lasting({ seconds: _seconds, trainLogProb: _trainLogProb, ...state }: RunState) {
  return state;
}

/** A state as it is after a process has ended. */
function stored(state: RunState): RunState {
  const bytes = encodeCheckpoint({ seconds: 0, rounds: [], runs: new Map([[0, state]]) });
  return decodeCheckpoint(bytes).runs.get(0) ?? assert.fail('the run was not stored');
}

/** ONNX Runtime at so many milliseconds a step, and how many steps its calls have had. */
function slow(millisecondsPerStep: number) {
  const calls: number[] = [];
  const engine = training(async ({ losses }) => {
    const steps = losses.values.length;
    calls.push(steps);
    await new Promise((resolve) => setTimeout(resolve, millisecondsPerStep * steps));
  });
  return { engine, calls };
}

/** The table with a number missing in one training row: no step with that row is finite. */
const spoiltRow = 7;
const spoiltValues = float32(table.training.rows).slice();
spoiltValues[3 * spoiltRow] = Number.NaN;
const spoilt: TrainingTable = {
  ...table,
  training: { ...table.training, rows: { ...table.training.rows, values: spoiltValues } },
};

/** The steps, from 0, of which the batch holds the spoilt row. */
function spoiltSteps(steps: number): number[] {
  const { batchSize } = problem.training;
  const batches = new Minibatches(table.training.rows.shape[0], batchSize, problem.seed).next(steps);
  return Array.from({ length: steps }, (_, step) => step).filter((step) =>
    batches.subarray(step * batchSize, (step + 1) * batchSize).includes(spoiltRow),
  );
}

test('the table has ties that are spread, and noise is asked for', () => {
  assert.ok(table.spread[2] > 0 && problem.training.noise > 0);
});

test('stopped at many steps and taken up again, a run comes to the same bit for bit', async () => {
  const unbroken = await run();
  assert.equal(unbroken.step, 60);
  let state = await run({ until: 0 });
  assert.equal(state.step, 0);
  for (const until of [1, 7, 10, 11, 30, 59, 60]) {
    state = await run({ state: stored(state), until });
    assert.equal(state.step, until);
  }
  assert.deepEqual(lasting(state), lasting(unbroken));
});

test('so it does when it is asked to stop after every call', async () => {
  const unbroken = await run({ until: 20 });
  const stopping = (state?: RunState) => {
    const stop = stopFlag();
    const control = { ...unstopped(), stop, onProgress: () => requestStop(stop) };
    return train(onnxRuntime, { ...task, until: 20, state }, control);
  };
  let state = await stopping();
  let stops = 1;
  for (; state.step < 20; stops++) state = await stopping(stored(state));
  assert.ok(stops > 2, `${stops}`);
  assert.deepEqual(lasting(state), lasting(unbroken));
});

test('how many steps a call takes changes nothing', async () => {
  const { engine, calls } = slow(34);
  const [quick, inSmallSteps] = [await run({ until: 25 }), await run({ until: 25 }, engine)];
  assert.ok(Math.max(...calls) <= 2, `${calls}`);
  assert.deepEqual(lasting(inSmallSteps), lasting(quick));
});

test('nor does it when some of the steps are not finite', async () => {
  const expected = spoiltSteps(25);
  assert.ok(expected.length > 1);
  const { engine, calls } = slow(34);
  const quick = await run({ table: spoilt, until: 25 });
  const inSmallSteps = await run({ table: spoilt, until: 25 }, engine);
  let inParts = await run({ table: spoilt, until: 0 });
  for (let until = 1; until <= 25; until++) inParts = await run({ table: spoilt, state: stored(inParts), until });
  assert.ok(Math.max(...calls) <= 2, `${calls}`);
  assert.equal(quick.halvings, expected.length);
  assert.deepEqual(Array.from(float32(quick.optimizer.stepsTaken)), [25 - expected.length]);
  assert.deepEqual(lasting(inSmallSteps), lasting(quick));
  assert.deepEqual(lasting(inParts), lasting(quick));
});

test('the rate is halved from the very next step on', async () => {
  let undone = 0;
  const rates: number[] = [];
  const recording = training(({ losses }, inputs) => {
    const finite = Array.from(float32(losses), Number.isFinite);
    // After a bad step the call is taken back, and repeated up to it.
    if (finite.slice(0, -1).includes(false)) undone++;
    else rates.push(...float32(inputs.learningRates));
  });
  await run({ table: spoilt }, recording);
  assert.ok(undone > 0, 'no call had a bad step in its midst');
  const bad = spoiltSteps(60);
  const expected = Array.from({ length: 60 }, (_, step) =>
    Math.fround(learningRate(step, problem.training) * 0.5 ** bad.filter((other) => other < step).length),
  );
  assert.deepEqual(rates, expected);
});

test('a run that is not finite time and again is given up at the step after the tenth halving', async () => {
  const steps = 400;
  const step = spoiltSteps(steps)[10];
  await assert.rejects(run({ table: spoilt, training: { ...problem.training, steps }, until: steps }), {
    code: 'diverged',
    message: `The loss or its gradient is not finite at step ${step + 1}, though the learning rate was halved 10 times`,
  });
});

test('it ends when its patience does, with the best parameters that it has had', async () => {
  // At such a rate and without decay it soon gets worse.
  const impatient = { ...problem.training, steps: 5000, learningRate: 0.3, weightDecay: 0, patience: 5 };
  const state = await run({ training: impatient, until: 5000 });
  assert.ok(state.step < 5000);
  assert.equal(state.evaluationsSinceBest, 5);
  const bestStep = state.step - 5 * impatient.evaluationSteps;
  const atBest = await run({ training: impatient, until: bestStep });
  assert.deepEqual(atBest.best, state.best);
  assert.equal(atBest.evaluationsSinceBest, 0);
});

test('after its deadline a new run takes one step, and one taken up again none', async () => {
  const late = await run({ deadline: 0 });
  assert.equal(late.step, 1);
  const later = await run({ deadline: 0, state: stored(late) });
  assert.deepEqual(lasting(later), lasting(late));
});

test('the noise that a table needs is added where less is asked for', async () => {
  const quiet = { ...problem.training, noise: 0.01 };
  const [needed, asked] = [
    await run({ table: { ...table, leastNoise: 0.05 }, training: quiet }),
    await run({ table, training: { ...quiet, noise: 0.05 } }),
  ];
  assert.deepEqual(needed.optimizer, asked.optimizer);
  assert.notDeepEqual((await run({ training: quiet })).optimizer, asked.optimizer);
});

test('it tells how far it is, and from where it can go on', async () => {
  const steps: number[] = [];
  await train(onnxRuntime, task, { ...unstopped(), onProgress: ({ step }) => void steps.push(step) });
  assert.equal(steps.at(-1), 60);
  assert.deepEqual(
    steps,
    [...new Set(steps)].sort((a, b) => a - b),
  );
});
