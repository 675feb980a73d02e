import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resolveFlow } from '../../src/flow/spec.ts';
import type { NewModel } from '../../src/store/model.ts';
import { decodeCheckpoint } from '../../src/training/checkpoint.ts';
import { plannedRace } from '../../src/training/race-record.ts';
import { resolveTraining, type TrainingOptions } from '../../src/training/recipe.ts';
import { splitRows } from '../../src/training/rows.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { startTestApp, type TestApp, uploadCsv } from '../support/app.ts';
import { silent } from '../support/postgres.ts';
import { smallFlow } from '../support/training.ts';
import { twoMoons } from '../support/two-moons.ts';

let service: TestApp;
let datasetId: string;
before(async () => {
  service = await startTestApp();
  datasetId = await uploadCsv(service, csvOf(twoMoons(300, { noise: 0.1, seed: 1 })));
});
after(() => service[Symbol.asyncDispose]());

const csvOf = (values: Float64Array) =>
  ['x,y', ...Array.from({ length: values.length / 2 }, (_, row) => values.subarray(2 * row, 2 * row + 2).join())].join(
    '\n',
  );

/** Three flows that are quick to train: what "auto" races would take their time here. */
const candidates = Object.entries({
  scale: { layers: [{ type: 'scale' }] },
  small: smallFlow,
  lu: { layers: [{ type: 'lu' }] },
}).map(([name, flow]) => ({ name, ...resolveFlow(flow, { columns: 2, rows: 300, path: '/flow' }) }));

const seed = 4;

/** A race of them that is yet to be run. */
async function racing(options: TrainingOptions, dataset = datasetId): Promise<string> {
  const model: NewModel = {
    ...{ name: 'moons', datasetId: dataset, columns: ['x', 'y'], context: [], seed },
    ...{ flow: 'auto', parameterCount: null, race: plannedRace(candidates) },
    training: resolveTraining({ ensemble: 1, ...options }, { rows: 300, race: true }),
  };
  return (await service.store.models.create(model, async () => {})).id;
}

const newTrainer = (threads = 1) => new Trainer({ store: service.store, log: silent, engine: 'onnx', threads });
const never = new AbortController().signal;

async function trained(id: string, threads = 1) {
  const trainer = newTrainer(threads);
  await trainer.train(id, never);
  await trainer.close();
  return service.store.models.get(id);
}

/** Waits until the model is as it should be. */
async function until(id: string, holds: (model: Awaited<ReturnType<typeof trained>>) => boolean): Promise<void> {
  while (!holds(await service.store.models.get(id))) await new Promise((resolve) => setTimeout(resolve, 10));
}

const artefact = async (id: string) => Buffer.from(await service.store.models.artefact(id));
const roundsOf = (race: unknown): unknown[] => Object(race).rounds;
const quick = { steps: 80, raceSteps: 20, evaluationSteps: 10 };

test('a race leaves its rounds, its winner and all that was decided', async () => {
  const id = await racing(quick);
  const model = await trained(id);
  assert.equal(model.status, 'ready');
  const rounds = roundsOf(model.race);
  assert.partialDeepStrictEqual(rounds, [{ until: 20 }, { until: 40 }]);
  const standings: { candidate: string; step: number }[] = Object(rounds[1]).standings;
  assert.equal(standings.length, 2);
  const [{ candidate, step }] = standings;
  const winner = candidates.find(({ name }) => name === candidate);
  assert.deepEqual([Object(model.race).winners, step], [[candidate], 40]);
  assert.deepEqual([model.flow, model.parameterCount], [winner?.spec, winner?.parameterCount]);
  assert.deepEqual(model.training, resolveTraining({ ensemble: 1, ...quick }, { rows: 300, race: true }));
  assert.partialDeepStrictEqual(model.progress, { step: 3 * 20 + 2 * 20 + 40, steps: 3 * 20 + 2 * 20 + 40 });
  assert.equal(typeof model.metrics?.testLogProb, 'number');
});

test('what is in training is told, and the rows of all flows, those of before a restart once', async () => {
  const id = await racing({ steps: 20_000, patience: 20_000, raceSteps: 2000, evaluationSteps: 500 });
  const first = newTrainer();
  const broken = assert.rejects(first.train(id, never));
  await until(id, ({ progress }) => Object(progress).step > 500);
  assert.equal(first.stats().training, 1);
  await first.close();
  await broken;
  assert.equal(first.stats().training, 0);
  const second = newTrainer();
  await second.train(id, never);
  await second.close();
  const { progress, training } = await service.store.models.get(id);
  const rows = Object(progress).step * Object(training).batchSize;
  assert.ok(first.stats().rows > 0 && second.stats().rows > 0);
  assert.equal(first.stats().rows + second.stats().rows, rows);
});

test('a training that was closed in the race and after it comes to the same bytes as one that was not', async () => {
  // Long enough that reports of it, a few a second, come before its end.
  const long = { steps: 20_000, patience: 20_000, raceSteps: 2000, evaluationSteps: 500 };
  const unbroken = await racing(long);
  const { race } = await trained(unbroken);
  assert.equal(roundsOf(race).length, 2);

  const id = await racing(long);
  const stops: { steps: number; rounds: number }[] = [];
  for (const rounds of [0, 2]) {
    const trainer = newTrainer();
    const training = trainer.train(id, never);
    const interrupted = assert.rejects(training, /^Error: Training was interrupted before its end$/);
    await until(id, (model) => Number(model.progress?.step) > 0 && roundsOf(model.race).length >= rounds);
    await trainer.close();
    await interrupted;
    const kept = decodeCheckpoint((await service.store.models.checkpoint(id)) ?? assert.fail('no checkpoint'));
    stops.push({
      steps: [...kept.runs.values()].reduce((total, { step }) => total + step, 0),
      rounds: kept.rounds.length,
    });
  }
  assert.ok(stops[0].rounds < 2 && stops[0].steps > 0, JSON.stringify(stops));
  assert.ok(stops[1].rounds === 2 && stops[1].steps < 20_000, JSON.stringify(stops));
  const model = await trained(id);
  assert.equal(model.status, 'ready');
  assert.ok((await artefact(id)).equals(await artefact(unbroken)), 'the artefacts differ');
  assert.deepEqual(model.race, race);
  assert.equal(await service.store.models.checkpoint(id), undefined);
});

test('a checkpoint that cannot be read costs the steps and nothing else', async () => {
  const [unbroken, id] = [await racing(quick), await racing(quick)];
  await trained(unbroken);
  const started = await service.store.models.startAttempt(id);
  assert.equal(await service.store.models.saveCheckpoint(id, started?.attempt ?? 0, Buffer.from('none at all')), true);
  const { status, race } = await trained(id, 2);
  assert.equal(status, 'ready');
  assert.ok((await artefact(id)).equals(await artefact(unbroken)), 'the artefacts differ');
  assert.deepEqual(race, (await service.store.models.get(unbroken)).race);
});

test('a model that is cancelled during its race ends so, and the thread is free again', async () => {
  const id = await racing({ steps: 1_000_000, patience: 1_000_000, raceSteps: 500_000 });
  const trainer = newTrainer();
  const training = trainer.train(id, never);
  await until(id, ({ progress }) => Number(progress?.step) > 0);
  await service.store.models.requestCancel(id);
  await training;
  assert.equal((await service.store.models.get(id)).status, 'cancelled');
  const next = await racing(quick);
  await trainer.train(next, never);
  await trainer.close();
  assert.equal((await service.store.models.get(next)).status, 'ready');
});

test('a training whose job was given to another stops without an end', async () => {
  const id = await racing({ steps: 1_000_000, patience: 1_000_000, raceSteps: 500_000 });
  const [trainer, lost] = [newTrainer(), new AbortController()];
  const interrupted = assert.rejects(trainer.train(id, lost.signal), /interrupted/);
  await until(id, ({ progress }) => Number(progress?.step) > 0);
  lost.abort();
  await interrupted;
  await trainer.close();
  assert.equal((await service.store.models.get(id)).status, 'training');
});

test('an older attempt leaves the model to the newer one', async () => {
  const id = await racing({ steps: 1_000_000, patience: 1_000_000, raceSteps: 500_000 });
  const trainer = newTrainer();
  const training = trainer.train(id, never);
  await until(id, ({ progress }) => Number(progress?.step) > 0);
  const newer = await service.store.models.startAttempt(id);
  await training;
  await trainer.close();
  const { status, attempt } = await service.store.models.get(id);
  assert.deepEqual([status, attempt], ['training', newer?.attempt]);
});

test('what is wrong with the rows fails the model, in words', async () => {
  const values = twoMoons(300, { noise: 0.1, seed: 1 });
  const { test: heldOut } = splitRows(300, resolveTraining(quick, { rows: 300 }), seed);
  values[2 * heldOut[0]] = 9.97e36;
  const dataset = await uploadCsv(service, csvOf(values));
  const { status, error } = await trained(await racing(quick, dataset));
  assert.deepEqual([status, error?.code], ['failed', 'values-too-large']);
  assert.match(error?.message ?? '', new RegExp(`^Data row ${heldOut[0] + 1}, column "x": 9.97e\\+36 is more than`));
});

test('a model whose dataset has gone fails, and says so', async () => {
  const dataset = await uploadCsv(service);
  const id = await racing(quick, dataset);
  await service.store.prisma.dataset.delete({ where: { id: dataset } });
  const { status, error } = await trained(id);
  assert.deepEqual([status, error], ['failed', { code: 'dataset-gone', message: 'Its dataset was deleted' }]);
});

test('a model that has ended is not trained again', async () => {
  const id = await racing(quick);
  const { attempt } = await trained(id);
  assert.equal((await trained(id)).attempt, attempt);
});
