import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NotFoundError } from '../../src/store/errors.ts';
import { keptProgressEvents } from '../../src/store/model-events.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { isUnavailable } from '../../src/store/unavailable.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { createDataset, createModel, newModel } from '../support/models.ts';
import { silent, startTestStore, type TestStore } from '../support/postgres.ts';

let testStore: TestStore;
let store: Store;

before(async () => {
  testStore = await startTestStore();
  store = testStore.store;
});
after(() => testStore[Symbol.asyncDispose]());

const unknownId = '01a20de1-a91a-73d9-ab9c-4046e3f46189';
const result = {
  artefact: Uint8Array.of(1, 2, 250),
  metrics: { testLogProb: -1.5, bitsPerDimension: Number.NaN },
  parameterCount: 99,
  warnings: ['few rows'],
  progress: { step: 100 },
};

async function startedModel() {
  const { id } = await createModel(store);
  const started = await store.models.startAttempt(id);
  assert.ok(started);
  return started.model;
}

async function eventData(id: string, after = 0) {
  return (await store.models.events(id, { after })).map(({ data }) => data);
}

test('a model begins queued, as it was asked for', async () => {
  const { id: datasetId } = await createDataset(store);
  const created = await store.models.create(newModel(datasetId), async () => {});
  assert.deepEqual(await store.models.get(created.id), created);
  const { id, createdAt, ...rest } = created;
  assert.ok(Math.abs(createdAt.getTime() - Date.now()) < 60_000);
  assert.deepEqual(rest, {
    ...newModel(datasetId),
    version: 1,
    sweepId: null,
    missing: 'reject',
    status: 'queued',
    progress: null,
    race: null,
    metrics: null,
    warnings: [],
    priority: 0,
    memoryBytes: null,
    error: null,
    attempt: 0,
    startedAt: null,
    finishedAt: null,
  });
  assert.deepEqual(await eventData(id), [{ status: 'queued' }]);
});

test('a model on a dataset that is not there is refused, and nothing is enqueued', async () => {
  let enqueued = 0;
  const enqueue = async () => void enqueued++;
  for (const id of [unknownId, 'not-an-id'])
    await assert.rejects(store.models.create(newModel(id), enqueue), new NotFoundError('dataset', id));
  assert.equal(enqueued, 0);
});

test('a model whose job cannot be enqueued is not kept', async () => {
  const { id: datasetId } = await createDataset(store);
  const created = store.models.create(newModel(datasetId), () => Promise.reject(new Error('no queue')));
  await assert.rejects(created, /no queue/);
  assert.equal(await store.prisma.model.count({ where: { datasetId } }), 0);
});

test('training makes a model ready, with what it made', async () => {
  const { id } = await createModel(store);
  const started = await store.models.startAttempt(id);
  assert.equal(started?.attempt, 1);
  assert.equal(started.model.status, 'training');
  assert.ok(started.model.startedAt);
  await assert.rejects(store.models.artefact(id), {
    code: 'model-not-ready',
    message: `the model ${id} is training, not ready`,
  });
  assert.equal(await store.models.recordProgress(id, 1, { step: 50 }), 'continue');
  assert.deepEqual((await store.models.get(id)).progress, { step: 50 });
  assert.equal(await store.models.complete(id, 1, result), true);
  const model = await store.models.get(id);
  assert.equal(model.status, 'ready');
  assert.equal(model.parameterCount, 99);
  assert.deepEqual(model.metrics, { testLogProb: -1.5, bitsPerDimension: null });
  assert.deepEqual(model.warnings, ['few rows']);
  assert.deepEqual(model.progress, { step: 100 });
  assert.ok(model.finishedAt);
  assert.deepEqual([...(await store.models.artefact(id))], [1, 2, 250]);
  assert.deepEqual(await eventData(id), [
    { status: 'queued' },
    { status: 'training' },
    { step: 50 },
    { status: 'ready' },
  ]);
  assert.equal(await store.models.startAttempt(id), undefined);
});

test('a model whose flow is decided in training has none before, and the winner after', async () => {
  const { id: datasetId } = await createDataset(store);
  const undecided = { ...newModel(datasetId), flow: 'auto', parameterCount: null };
  const { id, flow, parameterCount, race } = await store.models.create(undecided, async () => {});
  assert.deepEqual([flow, parameterCount, race], ['auto', null, null]);
  await store.models.startAttempt(id);
  const entrants = (...steps: number[]) => ({ entrants: steps.map((step) => ({ step })) });
  await store.models.recordProgress(id, 1, { step: 1 }, entrants(1, 1));
  assert.deepEqual((await store.models.get(id)).race, entrants(1, 1));
  await store.models.recordProgress(id, 1, { step: 2 });
  assert.deepEqual((await store.models.get(id)).race, entrants(1, 1), 'progress alone leaves the race as it was');
  assert.deepEqual((await eventData(id)).at(-1), { step: 2 });
  const decided = { flow: { layers: [{ type: 'lu' }] }, training: { steps: 3 }, race: entrants(3, 1) };
  assert.equal(await store.models.complete(id, 1, { ...result, ...decided }), true);
  const model = await store.models.get(id);
  assert.deepEqual({ flow: model.flow, training: model.training, race: model.race }, decided);
  assert.equal(model.parameterCount, 99);
});

test('only the latest attempt can write', async () => {
  const { id } = await startedModel();
  const second = await store.models.startAttempt(id);
  assert.equal(second?.attempt, 2);
  const before = await store.models.get(id);
  assert.equal(await store.models.recordProgress(id, 1, { step: 1 }), 'stale');
  assert.equal(await store.models.saveCheckpoint(id, 1, Uint8Array.of(1)), false);
  assert.equal(await store.models.checkpoint(id), undefined);
  assert.equal(await store.models.complete(id, 1, result), false);
  assert.equal(await store.models.fail(id, 1, { code: 'late', message: 'late' }), false);
  assert.equal(await store.models.markCancelled(id, 1), false);
  assert.deepEqual(await store.models.get(id), before);
  assert.equal(await store.prisma.modelArtefact.count({ where: { modelId: id } }), 0);
  assert.equal(await store.models.complete(id, 2, result), true);
});

test('of attempts that finish at once exactly one is kept', async () => {
  const { id } = await startedModel();
  const outcomes = await Promise.all([
    store.models.complete(id, 1, result),
    store.models.complete(id, 1, result),
    store.models.fail(id, 1, { code: 'diverged', message: 'diverged' }),
  ]);
  assert.equal(outcomes.filter(Boolean).length, 1);
  const { status, error } = await store.models.get(id);
  assert.equal(status, outcomes[2] ? 'failed' : 'ready');
  assert.equal(error === null, status === 'ready');
});

test('attempts that start at once have different numbers', async () => {
  const { id } = await createModel(store);
  const started = await Promise.all([1, 2, 3].map(() => store.models.startAttempt(id)));
  assert.deepEqual(started.map((start) => start?.attempt).sort(), [1, 2, 3]);
});

test('a failed model says why, and has ended', async () => {
  const { id } = await startedModel();
  const error = { code: 'diverged', message: 'the loss was NaN at step 3 of column "\u0000"' };
  assert.equal(await store.models.fail(id, 1, error), true);
  const model = await store.models.get(id);
  assert.equal(model.status, 'failed');
  assert.deepEqual(model.error, error);
  assert.deepEqual(await eventData(id, 2), [{ status: 'failed', error }]);
  assert.equal(await store.models.recordProgress(id, 1, {}), 'stale');
  await assert.rejects(store.models.artefact(id), { code: 'model-not-ready' });
});

test('a queued model is cancelled at once', async () => {
  const { id } = await createModel(store);
  const cancelled = await store.models.requestCancel(id);
  assert.equal(cancelled.status, 'cancelled');
  assert.ok(cancelled.finishedAt);
  assert.equal(await store.models.startAttempt(id), undefined);
  await assert.rejects(store.models.requestCancel(id), {
    name: 'ConflictError',
    code: 'model-ended',
    message: `the model ${id} is cancelled already`,
  });
});

test('a training model is cancelled by the attempt that trains it', async () => {
  const { id } = await startedModel();
  assert.equal((await store.models.requestCancel(id)).status, 'training');
  assert.equal((await store.models.requestCancel(id)).status, 'training');
  assert.equal(await store.models.recordProgress(id, 1, { step: 2 }), 'cancel');
  assert.equal(await store.models.markCancelled(id, 1), true);
  assert.equal((await store.models.get(id)).status, 'cancelled');
  assert.deepEqual((await eventData(id)).at(-1), { status: 'cancelled' });
});

test('a model whose attempt died before it saw the request is cancelled, not trained again', async () => {
  const { id } = await startedModel();
  await store.models.requestCancel(id);
  assert.equal(await store.models.startAttempt(id), undefined);
  assert.equal((await store.models.get(id)).status, 'cancelled');
});

test('a model is given up only while it has not ended', async () => {
  const { id } = await startedModel();
  assert.equal(await store.models.giveUp(id), true);
  assert.equal((await store.models.get(id)).error?.code, 'attempts-exhausted');
  assert.equal(await store.models.complete(id, 1, result), false);
  const ready = await startedModel();
  await store.models.complete(ready.id, 1, result);
  assert.equal(await store.models.giveUp(ready.id), false);
  assert.equal((await store.models.get(ready.id)).status, 'ready');
});

test('deleting takes everything along, but not while the model trains', async () => {
  const { id } = await startedModel();
  await assert.rejects(store.models.delete(id), {
    code: 'model-training',
    message: `the model ${id} is training: cancel it first`,
  });
  await store.models.complete(id, 1, result);
  await store.models.delete(id);
  assert.equal(await store.prisma.modelArtefact.count({ where: { modelId: id } }), 0);
  assert.equal(await store.prisma.modelEvent.count({ where: { modelId: id } }), 0);
  const queued = await createModel(store);
  await store.models.delete(queued.id);
  assert.equal(await store.models.startAttempt(queued.id), undefined);
});

test('what is not there is named', async () => {
  for (const id of [unknownId, 'not-an-id']) {
    const expected = new NotFoundError('model', id);
    await assert.rejects(store.models.get(id), expected);
    await assert.rejects(store.models.delete(id), expected);
    await assert.rejects(store.models.artefact(id), expected);
    await assert.rejects(store.models.events(id, { after: 0 }), expected);
    await assert.rejects(store.models.requestCancel(id), expected);
  }
  assert.equal(await store.models.startAttempt(unknownId), undefined);
  assert.equal(await store.models.recordProgress(unknownId, 1, {}), 'stale');
});

test('events are replayed after a number, and only the newest progress is kept', async () => {
  const { id } = await startedModel();
  for (let step = 1; step <= keptProgressEvents + 3; step++) await store.models.recordProgress(id, 1, { step });
  const events = await store.models.events(id, { after: 0 });
  assert.deepEqual(
    events.slice(0, 3).map(({ sequence, type, data }) => [sequence, type, data]),
    [
      [1, 'status', { status: 'queued' }],
      [2, 'status', { status: 'training' }],
      [6, 'progress', { step: 4 }],
    ],
  );
  assert.equal(events.length, keptProgressEvents + 2);
  assert.deepEqual(await eventData(id, keptProgressEvents + 4), [{ step: keptProgressEvents + 3 }]);
  assert.deepEqual(await eventData(id, keptProgressEvents + 5), []);
});

test('a list goes from the newest to the oldest, page by page', async () => {
  const ids = [];
  for (let count = 0; count < 3; count++) ids.unshift((await createModel(store)).id);
  const first = await store.models.list({ limit: 2 });
  const second = await store.models.list({ limit: 1, cursor: first.nextCursor ?? '' });
  assert.deepEqual(
    [...first.items, ...second.items].map(({ id }) => id),
    ids,
  );
});

test('a result whose commit was done and never answered is there once, however often it is sent again', async () => {
  const { id, attempt } = await startedModel();
  await using proxy = await startDatabaseProxy(store.databaseUrl);
  const cutOff = await openStore({ databaseUrl: proxy.databaseUrl, dataDirectory: '', log: silent });
  const cut = proxy.cutAfterCommit();
  await assert.rejects(cutOff.models.complete(id, attempt, result), isUnavailable);
  await cut;
  assert.equal((await store.models.get(id)).status, 'ready');
  await proxy.mend();
  const other = { ...result, artefact: Uint8Array.of(9) };
  assert.equal(await cutOff.models.complete(id, attempt, other), false);
  assert.equal(await cutOff.models.fail(id, attempt, { code: 'late', message: 'late' }), false);
  await cutOff.close();
  assert.equal((await store.models.get(id)).status, 'ready');
  assert.deepEqual(Buffer.from(await store.models.artefact(id)), Buffer.from(result.artefact));
  assert.deepEqual(await eventData(id), [{ status: 'queued' }, { status: 'training' }, { status: 'ready' }]);
});
