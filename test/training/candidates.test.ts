import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { Member } from '../../src/flow/density.ts';
import { Flow } from '../../src/flow/flow.ts';
import { float32, type TensorValues } from '../../src/flow/graph/program.ts';
import { evaluationProgram } from '../../src/flow/programs/log-prob.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.ts';
import { type Fit, type FitProblem, type FitState, fit } from '../../src/training/fit.ts';
import type { Round } from '../../src/training/race.ts';
import type { TrainingOptions } from '../../src/training/recipe.ts';
import { type Tasks, tasksHere } from '../../src/training/tasks.ts';
import { TrainingThreads } from '../../src/training/threads.ts';
import { assertClose } from '../support/close.ts';
import {
  here,
  problemOf,
  requestStop,
  smallFlow,
  stopFlag,
  tableFor,
  training,
  unstopped,
} from '../support/training.ts';
import { twoMoons } from '../support/two-moons.ts';

const moons = twoMoons(500, { noise: 0.1, seed: 1 });
/** From one that can do nearly nothing to one that can do more than is needed. */
const flows = [
  { layers: [{ type: 'scale' }] },
  smallFlow,
  { layers: [{ type: 'lu' }] },
  { layers: [{ repeat: 2, layers: [{ type: 'coupling', transform: 'spline', hidden: [8] }, { type: 'lu' }] }] },
];

function problemWith(options: TrainingOptions = {}, candidates: readonly object[] = flows): FitProblem {
  const asked = { steps: 320, raceSteps: 40, evaluationSteps: 20, ...options };
  return problemOf(moons, ['x', 'y'], { flows: candidates, training: asked, seed: 5 });
}

/** What comes of a fit, with the rounds of its race; fails when it was stopped. */
async function raced(problem: FitProblem, tasks: Tasks = here) {
  let rounds: readonly Round[] = [];
  const onRound = (latest: readonly Round[]) => {
    rounds = latest;
  };
  const result = await fit(tasks, problem, { ...unstopped(), onRound });
  return { ...(result ?? assert.fail('it was stopped')), rounds: [...rounds] };
}

/** All but what tells of time. */
const lasting = ({ density, metrics, winners, training, warnings, progress: { step, steps, epoch } }: Fit) => ({
  ...{ density, metrics, winners, training, warnings, step, steps, epoch },
});

test('the candidate with the best validation wins, and comes out as if it had been alone', async () => {
  const problem = problemWith();
  let taken = 0;
  const counting = training(({ losses }) => {
    taken += losses.values.length;
  });
  const { winners, rounds, density, metrics, progress } = await raced(problem, tasksHere(counting));
  assert.deepEqual(
    rounds.map(({ until, standings }) => [until, standings.length]),
    [
      [40, 4],
      [80, 2],
    ],
  );
  const table = await tableFor(problem);
  for (const { until, standings } of rounds) {
    const scores = standings.map(({ validationLogProb }) => Number(validationLogProb));
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
    for (const { candidate, ...standing } of standings) {
      const alone = { ...problem, table, spec: problem.candidates[candidate], until, deadline: Infinity };
      const { best } = await here.train(alone, { stop: stopFlag(), onProgress() {}, onState() {} });
      const validationLogProb = table.unitsLogDet + best.validation.mean;
      assert.deepEqual(standing, { step: until, validationLogProb, ended: false });
    }
  }
  assert.deepEqual(winners, [rounds[1].standings[0].candidate]);
  const alone = await raced(problemWith({}, [flows[winners[0]]]));
  assert.deepEqual([density, metrics], [alone.density, alone.metrics]);
  const planned = 4 * 40 + 2 * 40 + 240;
  assert.deepEqual([progress.step, progress.steps, taken], [planned, planned, planned], 'no step is taken twice');
});

test('an ensemble is the even mixture of the best candidates', async () => {
  const problem = problemWith({ ensemble: 3 });
  const { winners, rounds, density, metrics, progress } = await raced(problem);
  const [{ standings }] = rounds;
  assert.deepEqual([rounds.length, winners], [1, standings.slice(0, 3).map(({ candidate }) => candidate)]);
  assert.deepEqual(
    density.members.map(({ spec }) => spec),
    winners.map((winner) => problem.candidates[winner]),
  );
  assert.deepEqual([progress.step, progress.steps], [4 * 40 + 3 * 280, 4 * 40 + 3 * 280]);
  const table = await tableFor(problem);
  const scored = await Promise.all(density.members.map((member) => logProbs(member, table.test.rows)));
  const mixture = scored[0].map((_, row) =>
    Math.log(scored.reduce((total, scores) => total + Math.exp(scores[row]) / 3, 0)),
  );
  const mean = mixture.reduce((total, value) => total + value, 0) / mixture.length;
  assertClose([metrics.testLogProb], [table.unitsLogDet + mean], 1e-5);
});

async function logProbs({ spec, parameters }: Member, rows: TensorValues) {
  const executable = await onnxRuntime.load(evaluationProgram(new Flow(spec, { columns: 2, context: 0 })));
  const vector = { values: parameters, shape: [parameters.length] };
  const { logProb } = await executable.run({ rows, parameters: vector });
  await executable.release();
  return Array.from(float32(logProb));
}

test('a flow far behind the best one is left out of the mixture', async () => {
  // Independent normal columns make moons less than half as likely: `fit.test.ts` has the margin.
  const [independent, spline] = [flows[0], flows[3]];
  const { winners, density, metrics } = await raced(problemWith({ ensemble: 2, steps: 1000 }, [independent, spline]));
  assert.deepEqual([winners, density.members.length], [[1], 1]);
  const alone = await raced(problemWith({ ensemble: 1, steps: 1000 }, [independent]));
  const behind = metrics.validationLogProb - alone.metrics.validationLogProb;
  assert.ok(behind > Math.LN2, `${behind}`);
});

test('one flow is mixed with itself, begun from other seeds', async () => {
  const steps = { steps: 60 };
  const single = await raced(problemWith(steps, [smallFlow]));
  const { winners, density, rounds, progress } = await raced(problemWith({ ...steps, ensemble: 3 }, [smallFlow]));
  assert.deepEqual([winners, rounds, progress.step], [[0, 0, 0], [], 180]);
  const [first, second, third] = density.members;
  assert.deepEqual(first, single.density.members[0]);
  assert.notDeepEqual(second.parameters, first.parameters);
  assert.notDeepEqual(third.parameters, first.parameters);
  assert.notDeepEqual(third.parameters, second.parameters);
});

test('of fewer candidates than members the best are there again, begun from other seeds', async () => {
  const problem = problemWith({ steps: 60, ensemble: 3 }, [flows[0], smallFlow]);
  const { winners, density } = await raced(problem);
  assert.deepEqual(winners, [0, 1, 0]);
  assert.notDeepEqual(density.members[2].parameters, density.members[0].parameters);
});

test('one thread, two threads and none of their own give the same model', async () => {
  const problem = problemWith({ ensemble: 2 });
  const expected = await raced(problem);
  for (const count of [1, 2]) {
    const threads = new TrainingThreads({ engine: 'onnx', threads: count });
    const { rounds, ...result } = await raced(problem, threads);
    await threads.close();
    assert.deepEqual(lasting(result), lasting(expected), `${count} threads`);
    assert.deepEqual(rounds, expected.rounds);
  }
});

test('stopped time and again and taken up from its checkpoints, a fit comes to the same bit for bit', async () => {
  const problem = problemWith({ ensemble: 2 });
  const expected = await raced(problem);
  let stops = 0;
  /** Where the race was when the fit was stopped. */
  const roundsAtStop = new Set<number>();
  let from: FitState | undefined;
  let result: Fit | undefined;
  let rounds: readonly Round[] = [];
  while (!result) {
    const stop = stopFlag();
    // A state is handed out at the end of each flow's part: each attempt comes a little further than the last.
    let states = 0;
    const onState = (state: FitState) => {
      from = decodeCheckpoint(encodeCheckpoint(state));
      if (++states > stops) requestStop(stop);
    };
    const onRound = (latest: readonly Round[]) => {
      rounds = [...latest];
    };
    result = await fit(here, problem, { stop, from, onState, onRound });
    if (result) break;
    stops++;
    roundsAtStop.add(from?.rounds.length ?? 0);
    assert.ok(stops < 20, 'it does not come to an end');
  }
  assert.ok(stops > 3 && roundsAtStop.has(0) && roundsAtStop.has(1), `${stops}: ${[...roundsAtStop]}`);
  assert.deepEqual(lasting(result), lasting(expected));
  assert.deepEqual(rounds, expected.rounds);
});

/** ONNX Runtime, in which no loss of flows with so many parameters is finite from a step on. */
const failing = (parameterCounts: readonly number[], fromStep = 0): Engine =>
  training(({ losses }, { parameters, stepsTaken }) => {
    if (parameterCounts.includes(parameters.values.length) && float32(stepsTaken)[0] >= fromStep)
      float32(losses).fill(Number.NaN);
  });

const parameterCounts = problemWith().candidates.map(
  (spec) => new Flow(spec, { columns: 2, context: 0 }).parameters.length,
);

test('a candidate that diverges drops out, and the others race on', async () => {
  const tasks = tasksHere(failing([parameterCounts[3]]));
  const { rounds, ...result } = await raced(problemWith(), tasks);
  const last = rounds[0].standings.at(-1);
  assert.deepEqual([last?.candidate, last?.validationLogProb, last?.ended], [3, null, true]);
  const { winners, density } = await raced(problemWith({}, flows.slice(0, 3)));
  assert.deepEqual([result.winners, result.density], [winners, density]);
});

test('a member that diverges after the race is left out', async () => {
  const problem = problemWith({ ensemble: 2 });
  const { winners, density } = await raced(problem);
  const [lost, kept] = winners;
  const result = await raced(problem, tasksHere(failing([parameterCounts[lost]], 100)));
  assert.deepEqual(result.winners, [kept]);
  assert.deepEqual(result.density.members, [density.members[1]]);
});

test('when every candidate diverges the fit fails, also when it is taken up again after that', async () => {
  const tasks = tasksHere(failing(parameterCounts));
  let from: FitState | undefined;
  const onState = (state: FitState) => {
    from = state;
  };
  await assert.rejects(fit(tasks, problemWith(), { ...unstopped(), onState }), {
    name: 'TrainingError',
    code: 'diverged',
    message: /not finite at step \d+/,
  });
  assert.equal(from?.rounds.length, 1);
  await assert.rejects(fit(tasks, problemWith(), { ...unstopped(), from }), {
    name: 'TrainingError',
    code: 'diverged',
  });
});
