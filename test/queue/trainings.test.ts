import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { enqueueUnended, type Queue, startQueue } from '../../src/queue/queue.ts';
import type { SlotSource } from '../../src/queue/training-slots.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createDataset, newModel } from '../support/models.ts';
import { silent, startTestStore, type TestStore } from '../support/postgres.ts';

const mebibyte = 2 ** 20;
const small = 100 * mebibyte;
const large = 900 * mebibyte;

let testStore: TestStore;
/** As a process sees the database that is not the only one on it. */
let store: Store;
let queues: Queue[] = [];
/** What models are called in a test, by id. */
const names = new Map<string, string>();

before(async () => {
  testStore = await startTestStore();
  store = await openStore({ databaseUrl: testStore.store.databaseUrl, dataDirectory: '', log: silent });
});
afterEach(async () => {
  await Promise.all(queues.map((queue) => queue.stop()));
  queues = [];
  await store.prisma.$executeRaw`DELETE FROM pgboss.job`;
});
after(async () => {
  await store.close();
  await testStore[Symbol.asyncDispose]();
});

async function aQueue(on = store): Promise<Queue> {
  const queue = await startQueue(on, silent);
  queues.push(queue);
  return queue;
}

interface Asked {
  readonly owner?: string;
  readonly priority?: number;
  readonly memoryBytes?: number;
}

/** A queued model, called `name` by the test. */
async function ask(queue: Queue, name: string, { owner = 'local', ...more }: Asked = {}): Promise<string> {
  const { id: datasetId } = await createDataset(store);
  await store.prisma.dataset.update({ where: { id: datasetId }, data: { owner } });
  const { id } = await store
    .for({ owner })
    .models.create({ ...newModel(datasetId), ...more }, (tx, modelId) => queue.enqueueTraining(tx, modelId));
  names.set(id, name);
  return id;
}

/** Notes the names of what is trained, in their order; resolves once there are so many. */
function notes(count: number) {
  const taken: string[] = [];
  const all = Promise.withResolvers<string[]>();
  const note = (modelId: string) => {
    taken.push(names.get(modelId) ?? modelId);
    if (taken.length === count) all.resolve(taken);
  };
  return { taken, note, all: all.promise };
}

test('owners are served in turn, and each orders its own trainings by priority and nobody else’s', async () => {
  const queue = await aQueue();
  for (const name of ['a1', 'a2', 'a3']) await ask(queue, name, { owner: 'ann' });
  for (const [name, priority] of [
    ['b-later', -1],
    ['b-first', 10],
    ['b-second', 3],
  ] as const)
    await ask(queue, name, { owner: 'bob', priority });
  await ask(queue, 'a-urgent', { owner: 'ann', priority: 10 });
  const { note, all } = notes(7);
  await queue.takeTraining(1, async (id) => note(id));
  const taken = await all;
  const of = (letter: string) => taken.filter((name) => name.startsWith(letter));
  assert.deepEqual(of('a'), ['a-urgent', 'a1', 'a2', 'a3']);
  assert.deepEqual(of('b'), ['b-first', 'b-second', 'b-later']);
  // Turn by turn, whichever of the two is first: Ann's four and Bob's three.
  const turns = [0, 2, 4].map((place) =>
    taken
      .slice(place, place + 2)
      .map((name) => name[0])
      .toSorted()
      .join(''),
  );
  assert.deepEqual(turns, ['ab', 'ab', 'ab'], taken.join());
});

test('an owner who comes later begins at the turn that is being served', async () => {
  const queue = await aQueue();
  for (let number = 0; number < 8; number++) await ask(queue, `a${number}`, { owner: 'ann' });
  const { taken, note, all } = notes(10);
  await queue.takeTraining(1, async (id) => {
    note(id);
    if (taken.length === 5) for (const name of ['c0', 'c1']) await ask(queue, name, { owner: 'cy' });
  });
  await all;
  assert.deepEqual(taken.slice(0, 5), ['a0', 'a1', 'a2', 'a3', 'a4']);
  assert.deepEqual(taken.slice(5, 9).toSorted(), ['a5', 'a6', 'c0', 'c1'], taken.join());
});

test('a training is taken by the worker that has the memory for it, and by no other', async () => {
  const [little, much] = [await aQueue(), await aQueue()];
  const [byLittle, byMuch] = [notes(2), notes(1)];
  await ask(little, 'large', { memoryBytes: large });
  for (const name of ['s1', 's2']) await ask(little, name, { memoryBytes: small });
  await little.takeTraining({ threads: 1, memoryBytes: 512 * mebibyte }, async (id) => byLittle.note(id));
  assert.deepEqual(await byLittle.all, ['s1', 's2']);
  // It looks several times.
  await sleep(1500);
  const { waiting, waitingByMemory } = await little.stats();
  assert.deepEqual({ waiting, waitingByMemory }, { waiting: 1, waitingByMemory: { [1024 * mebibyte]: 1 } });
  await much.takeTraining({ threads: 1, memoryBytes: 1024 * mebibyte }, async (id) => byMuch.note(id));
  assert.deepEqual(await byMuch.all, ['large']);
  assert.deepEqual(byLittle.taken, ['s1', 's2']);
});

test('what is trained at once fits into the memory together, and small trainings do not keep a large one waiting', async () => {
  const queue = await aQueue();
  await ask(queue, 's1', { memoryBytes: small });
  await ask(queue, 'large', { memoryBytes: large });
  for (const name of ['s2', 's3', 's4', 's5']) await ask(queue, name, { memoryBytes: small });
  const { taken, note, all } = notes(6);
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let together: string[] = [];
  let most = 0;
  await queue.takeTraining({ threads: 4, memoryBytes: 1024 * mebibyte }, async (id) => {
    note(id);
    const name = names.get(id) ?? '';
    together.push(name);
    if (name === 's1') await first.promise;
    if (name === 'large') await second.promise;
    if (name.startsWith('s')) await sleep(700);
    most = Math.max(most, together.length);
    together = together.filter((each) => each !== name);
  });
  // There are places and memory for all small ones, but it is the large one's turn.
  await sleep(1500);
  assert.deepEqual(taken, ['s1']);
  first.resolve();
  while (taken.length < 2) await sleep(20);
  await sleep(1500);
  assert.deepEqual(taken, ['s1', 'large']);
  second.resolve();
  assert.deepEqual((await all).toSorted(), ['large', 's1', 's2', 's3', 's4', 's5']);
  while (together.length > 0) await sleep(20);
  assert.equal(most, 4);
});

test('on an embedded database what is too large for the only process is tried all the same, alone', async () => {
  const queue = await aQueue(testStore.store);
  await ask(queue, 's1', { memoryBytes: small });
  await ask(queue, 'large', { memoryBytes: large });
  await ask(queue, 's2', { memoryBytes: small });
  const { taken, note, all } = notes(3);
  let together = 0;
  await queue.takeTraining({ threads: 3, memoryBytes: 512 * mebibyte }, async (id) => {
    note(id);
    together++;
    if (names.get(id) === 'large') assert.equal(together, 1);
    await sleep(1000);
    if (names.get(id) === 'large') assert.equal(together, 1);
    together--;
  });
  assert.deepEqual(await all, ['s1', 'large', 's2'], taken.join());
});

test('after a restart in the midst the turns go on, and what was interrupted has kept its own', async () => {
  const first = await aQueue();
  for (const name of ['a1', 'a2', 'a3']) await ask(first, name, { owner: 'ann', memoryBytes: small });
  for (const name of ['b1', 'b2']) await ask(first, name, { owner: 'bob', priority: 5, memoryBytes: small });
  const shutdown = new AbortController();
  const before = notes(1);
  await first.takeTraining(1, async (id) => {
    before.note(id);
    await once(shutdown.signal, 'abort');
    throw new Error('interrupted');
  });
  const [interrupted] = await before.all;
  const stopped = first.stop();
  shutdown.abort();
  await stopped;
  const second = await aQueue();
  const { note, all } = notes(5);
  await second.takeTraining({ threads: 1, memoryBytes: 256 * mebibyte }, async (id) => note(id));
  const taken = await all;
  assert.ok(taken.slice(0, 2).includes(interrupted), `${interrupted} of ${taken.join()}`);
  assert.deepEqual(taken.slice(0, 2).toSorted(), ['a1', 'b1'], taken.join());
  assert.deepEqual(taken.slice(2, 4).toSorted(), ['a2', 'b2'], taken.join());
});

test('a training of an earlier version, which says nothing of its owner and memory, is taken too', async () => {
  const queue = await aQueue();
  const old = await ask(queue, 'old', { owner: 'ann' });
  await store.prisma.$executeRaw`
    UPDATE pgboss.job SET priority = 0, group_id = NULL, data = jsonb_build_object('modelId', ${old}::text)`;
  await ask(queue, 'new', { owner: 'ann', memoryBytes: small });
  const { note, all } = notes(2);
  await queue.takeTraining({ threads: 1, memoryBytes: 256 * mebibyte }, async (id) => note(id));
  assert.deepEqual(await all, ['old', 'new']);
});

test('of a restored database the trainings have their owners, priorities and memory', async () => {
  const queue = await aQueue();
  await store.prisma.$executeRaw`UPDATE models SET status = 'failed'`;
  await ask(queue, 'later', { owner: 'ann', memoryBytes: large });
  await ask(queue, 'first', { owner: 'ann', priority: 2, memoryBytes: small });
  await store.prisma.$executeRaw`DELETE FROM pgboss.job`;
  const client = new pg.Client({ connectionString: store.databaseUrl });
  await client.connect();
  assert.equal(await enqueueUnended(client, store.databaseUrl, silent), 2);
  await client.end();
  const { waitingByMemory } = await queue.stats();
  assert.deepEqual(waitingByMemory, { [256 * mebibyte]: 1, [1024 * mebibyte]: 1 });
  const { note, all } = notes(2);
  await queue.takeTraining(1, async (id) => note(id));
  assert.deepEqual(await all, ['first', 'later']);
});

test('a free slot asks its sources in their order, and later ones only while no training has its turn', async () => {
  const queue = await aQueue();
  const done: string[] = [];
  let asked = 0;
  const other: SlotSource = {
    name: 'other',
    async next({ left }) {
      asked++;
      if (done.includes('other')) return undefined;
      return { memoryBytes: left, run: async () => void done.push('other') };
    },
  };
  for (const name of ['a training', 'another training']) await ask(queue, name, { memoryBytes: small });
  const released = Promise.withResolvers<void>();
  const memoryBytes = 300 * mebibyte;
  await queue.takeTraining({ threads: 2, memoryBytes, otherSources: [other] }, async (id) => {
    done.push(names.get(id) ?? '');
    // The other does not fit beside it: while that waits for memory no other source is asked.
    await sleep(1500);
    released.resolve();
  });
  await released.promise;
  assert.equal(asked, 0);
  while (!done.includes('other')) await sleep(20);
  assert.deepEqual(done.slice(0, 2), ['a training', 'another training']);
});

test('what a later source has in hand gives way to a training that waits, but not to one that is too large', async () => {
  const queue = await aQueue();
  const done: string[] = [];
  const ways: (() => void)[] = [];
  const other: SlotSource = {
    name: 'other',
    async next() {
      if (done.length + ways.length > 0) return undefined;
      const given = Promise.withResolvers<void>();
      ways.push(given.resolve);
      const giveWay = () => {
        done.push('gave way');
        given.resolve();
      };
      return { memoryBytes: 0, run: () => given.promise, giveWay };
    },
  };
  await queue.takeTraining({ threads: 1, memoryBytes: 512 * mebibyte, otherSources: [other] }, async (id) => {
    done.push(names.get(id) ?? '');
  });
  while (ways.length === 0) await sleep(20);
  await ask(queue, 'too large', { memoryBytes: large });
  // Several looks long.
  await sleep(2000);
  assert.deepEqual(done, []);
  await ask(queue, 'a training', { memoryBytes: small });
  while (done.length < 2) await sleep(20);
  assert.deepEqual(done, ['gave way', 'a training']);
});
