import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Queue, startQueue } from '../../src/queue/queue.ts';
import type { Model } from '../../src/store/model.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { forkStore, type StoreProcess } from '../support/fork-store.ts';
import { createDataset, newModel } from '../support/models.ts';
import { silent, startTestStore, type TestStore, temporaryDirectory } from '../support/postgres.ts';

let testStore: TestStore;
let store: Store;
let queues: Queue[] = [];

before(async () => {
  testStore = await startTestStore();
  store = testStore.store;
});
afterEach(async () => {
  await Promise.all(queues.map((queue) => queue.stop()));
  queues = [];
  await store.prisma.$executeRaw`DELETE FROM pgboss.job`;
});
after(() => testStore[Symbol.asyncDispose]());

/** A queue that is stopped after the test. */
async function aQueue(on = store): Promise<Queue> {
  const queue = await startQueue(on, silent);
  queues.push(queue);
  return queue;
}

async function enqueueModel(queue: Queue, on = store): Promise<Model> {
  const { id } = await createDataset(on);
  return on.models.create(newModel(id), (transaction, modelId) => queue.enqueueTraining(transaction, modelId));
}

async function until(what: string, seconds: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadline) assert.fail(`${what}: not within ${seconds} s`);
    await sleep(25);
  }
}

test('a job reaches one handler once, and as many run together as were asked for', async () => {
  const queue = await aQueue();
  const taken: string[] = [];
  let running = 0;
  let most = 0;
  await queue.takeTraining(2, async (modelId) => {
    taken.push(modelId);
    most = Math.max(most, ++running);
    await sleep(700);
    running--;
  });
  const models = await Promise.all([1, 2, 3, 4].map(() => enqueueModel(queue)));
  await until('four jobs taken', 10, () => taken.length === 4 && running === 0);
  await sleep(1000);
  assert.deepEqual(taken.toSorted(), models.map(({ id }) => id).toSorted());
  assert.equal(most, 2);
});

test('the jobs that wait and those that were taken are counted', async () => {
  const queue = await aQueue();
  assert.deepEqual(await queue.stats(), { waiting: 0, active: 0, waitingByMemory: {} });
  await enqueueModel(queue);
  await enqueueModel(queue);
  assert.deepEqual(await queue.stats(), { waiting: 2, active: 0, waitingByMemory: { 0: 2 } });
  const done = Promise.withResolvers<void>();
  await queue.takeTraining(1, () => done.promise);
  await until('a job taken', 10, async () => (await queue.stats()).active === 1);
  assert.deepEqual(await queue.stats(), { waiting: 1, active: 1, waitingByMemory: { 0: 1 } });
  done.resolve();
});

test('a transaction that is rolled back leaves no job', async () => {
  const queue = await aQueue();
  const { id } = await createDataset(store);
  const created = store.models.create(newModel(id), async (transaction, modelId) => {
    await queue.enqueueTraining(transaction, modelId);
    assert.equal((await transaction.$queryRaw<unknown[]>`SELECT 1 FROM pgboss.job`).length, 1);
    throw new Error('changed its mind');
  });
  await assert.rejects(created, /changed its mind/);
  assert.equal((await store.prisma.$queryRaw<unknown[]>`SELECT 1 FROM pgboss.job`).length, 0);
});

test('a job whose handler throws is given out again', async () => {
  const queue = await aQueue();
  const attempts: number[] = [];
  await queue.takeTraining(1, async (modelId) => {
    const started = await store.models.startAttempt(modelId);
    assert.ok(started);
    attempts.push(started.attempt);
    if (started.attempt === 1) throw new Error('once');
    await store.models.fail(modelId, started.attempt, { code: 'seen', message: 'seen' });
  });
  const { id } = await enqueueModel(queue);
  await until('the second attempt', 10, async () => (await store.models.get(id)).status === 'failed');
  assert.deepEqual(attempts, [1, 2]);
  assert.equal((await store.models.get(id)).error?.code, 'seen');
});

test('a model whose every attempt breaks off is given up', async () => {
  const queue = await aQueue();
  let attempts = 0;
  await queue.takeTraining(1, async (modelId) => {
    await store.models.startAttempt(modelId);
    attempts++;
    throw new Error('always');
  });
  const { id } = await enqueueModel(queue);
  await until('giving up', 20, async () => (await store.models.get(id)).status === 'failed');
  assert.equal(attempts, 3);
  assert.equal((await store.models.get(id)).error?.code, 'attempts-exhausted');
});

test('the request that asked for a training is told at every attempt, in whichever process', async () => {
  const origin = { reqId: 'a request', traceparent: 'a span' };
  const told: unknown[] = [];
  const { id } = await createDataset(store);
  let interrupt = true;
  for (const attempts of [1, 3]) {
    const queue = await aQueue();
    if (attempts === 1)
      await store.models.create(newModel(id), (tx, modelId) => queue.enqueueTraining(tx, modelId, origin));
    const shutdown = new AbortController();
    await queue.takeTraining(1, async (_modelId, _signal, { advanced: _, ...from }) => {
      told.push(from);
      if (interrupt) await once(shutdown.signal, 'abort');
      interrupt = false;
      if (told.length < 3) throw new Error('broken off');
    });
    await until(`${attempts} attempts`, 10, () => told.length === attempts);
    const stopped = queue.stop();
    shutdown.abort();
    await stopped;
  }
  assert.deepEqual(told, [origin, origin, origin]);
});

test('stopping waits for running handlers and takes no more jobs', async () => {
  const queue = await aQueue();
  const taken: string[] = [];
  let finished = false;
  await queue.takeTraining(1, async (modelId) => {
    taken.push(modelId);
    await sleep(1000);
    finished = true;
  });
  const first = await enqueueModel(queue);
  await enqueueModel(queue);
  await until('the first job', 5, () => taken.length === 1);
  assert.equal(queue.isRunning(), true);
  const stopped = queue.stop();
  assert.equal(queue.isRunning(), false);
  assert.equal(finished, false);
  await stopped;
  assert.equal(finished, true);
  assert.deepEqual(taken, [first.id]);
});

test('a job that the shutdown interrupts is kept, and keeps its retries', async () => {
  let model: Model | undefined;
  let attempts = 0;
  for (let restart = 0; restart < 4; restart++) {
    const queue = await aQueue();
    model ??= await enqueueModel(queue);
    const shutdown = new AbortController();
    await queue.takeTraining(1, async (modelId) => {
      await store.models.startAttempt(modelId);
      attempts++;
      await once(shutdown.signal, 'abort');
      throw new Error('interrupted');
    });
    await until(`attempt ${restart + 1}`, 5, () => attempts === restart + 1);
    const stopped = queue.stop();
    shutdown.abort();
    await stopped;
  }
  assert.ok(model);
  const { status, attempt } = await store.models.get(model.id);
  assert.deepEqual([status, attempt], ['training', 4]);
});

test('a handler is told when its job is no longer its own', async () => {
  const queue = await aQueue();
  let signal: AbortSignal | undefined;
  await queue.takeTraining(1, async (_modelId, itsSignal) => {
    signal = itsSignal;
    await once(itsSignal, 'abort');
  });
  await enqueueModel(queue);
  await until('the job', 5, () => signal !== undefined);
  assert.equal(signal?.aborted, false);
  await store.prisma.$executeRaw`UPDATE pgboss.job SET state = 'cancelled'`;
  await until('the signal', 10, () => signal?.aborted === true);
});

/** Enqueues a model where the process works, and waits until it trains it. */
async function enqueueFor(worker: StoreProcess, databaseUrl: string): Promise<Model> {
  const shared = await openStore({ databaseUrl, dataDirectory: '', log: silent });
  const queue = await startQueue(shared, silent);
  const model = await enqueueModel(queue, shared);
  await worker.hears('attempt');
  await queue.stop();
  await shared.close();
  return model;
}

test('after a kill, an embedded store takes its training up again at once', async () => {
  await using directory = await temporaryDirectory();
  await using owner = forkStore(directory.path, 'hold');
  const { id } = await enqueueFor(owner, (await owner.hears('opened')).opened);
  await owner.kill();
  const reopened = await openStore({ databaseUrl: undefined, dataDirectory: directory.path, log: silent });
  const queue = await startQueue(reopened, silent);
  try {
    await queue.takeTraining(1, async (modelId) => void (await reopened.models.startAttempt(modelId)));
    await until('the second attempt', 5, async () => (await reopened.models.get(id)).attempt === 2);
  } finally {
    await queue.stop();
    await reopened.close();
  }
});

test('after a kill, another process on the same database takes the training up within 30 seconds', async () => {
  const worker = forkStore(store.databaseUrl, 'hold');
  await worker.hears('opened');
  const { id } = await enqueueFor(worker, store.databaseUrl);
  const shared = await openStore({ databaseUrl: store.databaseUrl, dataDirectory: '', log: silent });
  const queue = await aQueue(shared);
  await worker.kill();
  await queue.takeTraining(1, async (modelId) => void (await store.models.startAttempt(modelId)));
  await sleep(1000);
  assert.equal((await store.models.get(id)).attempt, 1);
  await until('the second attempt', 29, async () => (await store.models.get(id)).attempt === 2);
  await queue.stop();
  await shared.close();
});

test('a model that kills every process that trains it is given up', async () => {
  await using directory = await temporaryDirectory();
  let model: Model | undefined;
  for (let attempt = 1; attempt <= 3; attempt++) {
    await using owner = forkStore(directory.path, 'crash');
    const { opened } = await owner.hears('opened');
    if (model === undefined) model = await enqueueFor(owner, opened);
    else assert.deepEqual(await owner.hears('attempt'), { attempt });
    if (owner.child.exitCode === null && owner.child.signalCode === null) await once(owner.child, 'exit');
  }
  const reopened = await openStore({ databaseUrl: undefined, dataDirectory: directory.path, log: silent });
  const queue = await startQueue(reopened, silent);
  try {
    await queue.takeTraining(1, () => assert.fail('trained a fourth time'));
    const { id } = model ?? assert.fail();
    await until('giving up', 10, async () => (await reopened.models.get(id)).status === 'failed');
    assert.equal((await reopened.models.get(id)).error?.code, 'attempts-exhausted');
  } finally {
    await queue.stop();
    await reopened.close();
  }
});

test('attempts that get on are not counted against a model', async () => {
  const queue = await aQueue();
  let attempts = 0;
  await queue.takeTraining(1, async (modelId, _signal, { advanced }) => {
    const started = await store.models.startAttempt(modelId);
    assert.ok(started);
    if (++attempts === 5)
      return void (await store.models.fail(modelId, started.attempt, { code: 'seen', message: '' }));
    if (attempts < 4) await advanced();
    throw new Error('broken off');
  });
  const { id } = await enqueueModel(queue);
  await until('the end', 40, async () => (await store.models.get(id)).status === 'failed');
  assert.equal((await store.models.get(id)).error?.code, 'seen');
});

test('a database that cannot be reached is no attempt’s fault', async () => {
  const queue = await aQueue();
  let attempts = 0;
  await queue.takeTraining(1, async (modelId) => {
    const started = await store.models.startAttempt(modelId);
    assert.ok(started);
    if (++attempts < 5) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });
    await store.models.fail(modelId, started.attempt, { code: 'seen', message: '' });
  });
  const { id } = await enqueueModel(queue);
  await until('the end', 40, async () => (await store.models.get(id)).status === 'failed');
  assert.equal((await store.models.get(id)).error?.code, 'seen');
});

test('a job is its handler’s own still when the database was away for longer than a process is waited for', async () => {
  await using proxy = await startDatabaseProxy(store.databaseUrl);
  const away = await openStore({ databaseUrl: proxy.databaseUrl, dataDirectory: '', log: silent });
  const [queue, other] = [await aQueue(away), await aQueue(away)];
  const taken: AbortSignal[] = [];
  const done = Promise.withResolvers<void>();
  const handler = async (_modelId: string, signal: AbortSignal) => {
    taken.push(signal);
    await done.promise;
  };
  await queue.takeTraining(1, handler);
  await other.takeTraining(1, handler);
  await enqueueModel(queue, away);
  await until('the job', 10, () => taken.length === 1);
  proxy.cut();
  await sleep(15_000);
  await proxy.mend();
  // Long enough for a dead process to be found.
  await sleep(15_000);
  assert.deepEqual([taken.length, taken[0].aborted], [1, false]);
  done.resolve();
  await until('the end of the job', 10, async () => (await queue.stats()).active === 0);
  await Promise.all([queue.stop(), other.stop()]);
  await away.close();
});
