import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import pg from 'pg';
import { enqueueUnended, type Queue, startQueue } from '../../src/queue/queue.ts';
import type { BulkJob } from '../../src/store/bulk-job.ts';
import type { Store } from '../../src/store/store.ts';
import { createBulkJob, untilJob } from '../support/bulk.ts';
import { createModel } from '../support/models.ts';
import { silent, startTestStore, type TestStore } from '../support/postgres.ts';

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
  await store.prisma.$executeRaw`DELETE FROM bulk_jobs`;
});
after(() => testStore[Symbol.asyncDispose]());

async function aQueue(): Promise<Queue> {
  const queue = await startQueue(store, silent);
  queues.push(queue);
  return queue;
}

/** A job of so many parts, of one row each. */
async function jobOf(queue: Queue, owner: string, parts: number, priority = 0): Promise<BulkJob> {
  const { id: modelId } = await createModel(store);
  await store.prisma.model.update({ where: { id: modelId }, data: { owner } });
  return createBulkJob(
    { store, queue },
    { ...{ kind: 'sample', modelId, priority }, rows: { count: parts }, partRows: 1 },
    owner,
  );
}

test('the parts of owners are taken in turn, whoever has put how many into the queue before', async () => {
  const queue = await aQueue();
  const letters = new Map<string, string>();
  const add = async (letter: string, owner: string, parts: number) => {
    letters.set((await jobOf(queue, owner, parts)).id, letter);
  };
  await add('a', 'ann', 20);
  await add('b', 'bob', 3);
  // A second job of one owner has no turns of its own.
  await add('B', 'bob', 2);
  let order = '';
  const done = Promise.withResolvers<void>();
  await queue.bulk.take(1, async ({ jobId, part }) => {
    order += letters.get(jobId);
    // Ann's tenth has been taken when Cy comes for the first time, and is not behind for that.
    if (part === 9) await add('c', 'cy', 3);
    if (order.length === 28) done.resolve();
  });
  await done.promise;
  // Turn by turn, whichever of the two is first.
  const turns = [0, 2, 4, 6].map((place) => [...order.slice(place, place + 2)].toSorted().join(''));
  assert.deepEqual(turns, ['ab', 'ab', 'ab', 'Ba']);
  const later = order.slice(order.indexOf('c') - 1).slice(0, 6);
  assert.deepEqual([...later].toSorted().join(''), 'aaaccc', order);
});

test('an owner’s urgent job is done before the owner’s others, in the same turns', async () => {
  const queue = await aQueue();
  const letters = new Map<string, string>();
  for (const [letter, owner, priority] of [
    ['a', 'ann', 0],
    ['b', 'bob', 0],
    ['A', 'ann', 5],
  ] as const)
    letters.set((await jobOf(queue, owner, 3, priority)).id, letter);
  let order = '';
  const done = Promise.withResolvers<void>();
  await queue.bulk.take(1, async ({ jobId }) => {
    order += letters.get(jobId);
    if (order.length === 9) done.resolve();
  });
  await done.promise;
  assert.deepEqual(order.replaceAll('b', ''), 'AAAaaa');
  assert.deepEqual([...order.slice(0, 6)].toSorted().join(''), 'AAAbbb', order);
});

test('a part that breaks off is given out again, and the fifth time its job is given up', async () => {
  const queue = await aQueue();
  const { id } = await jobOf(queue, 'local', 3);
  const attempts = [0, 0, 0];
  await queue.bulk.take(3, async ({ jobId, part }) => {
    const started = await store.bulkWork.startPart(jobId, part ?? assert.fail('no part'));
    if (!started) return;
    attempts[started.part.number]++;
    if (started.part.number === 1) throw new Error('always');
    await store.bulkWork.finishPart(started.part, Buffer.from('rows'), async () => assert.fail('it has no dataset'));
  });
  const job = await untilJob(store, id, ({ status }) => status === 'failed');
  assert.deepEqual(attempts, [1, 5, 1]);
  assert.deepEqual(job.error, {
    code: 'attempts-exhausted',
    message: 'every attempt at part 1, rows 1 to 1, 5 in all, broke off',
  });
});

test('the last part asks for the dataset, once, with what it keeps', async () => {
  const queue = await aQueue();
  const { id } = await jobOf(queue, 'local', 5);
  const done = Promise.withResolvers<void>();
  let gathered = 0;
  await queue.bulk.take(4, async ({ jobId, part }) => {
    if (part === null) {
      gathered++;
      assert.equal((await store.bulkWork.gathering(jobId))?.job.partsDone, 5);
      return done.resolve();
    }
    const { part: started } = (await store.bulkWork.startPart(jobId, part)) ?? assert.fail('nothing to do');
    const gather = (client: Parameters<typeof queue.bulk.enqueueGathering>[0]) =>
      queue.bulk.enqueueGathering(client, { jobId, owner: 'local' }, {});
    assert.ok(await store.bulkWork.finishPart(started, Buffer.from('rows'), gather));
    // An attempt that comes late finds it done.
    assert.equal(await store.bulkWork.finishPart(started, Buffer.from('other'), gather), false);
  });
  await done.promise;
  const rows: string[] = [];
  for await (const { bytes } of store.bulkWork.results(id)) rows.push(Buffer.from(bytes).toString());
  assert.deepEqual([rows.length, new Set(rows).size, gathered], [5, 1, 1]);
});

test('of a restored database what is left of each job is put into the queue', async () => {
  const queue = await aQueue();
  const begun = await jobOf(queue, 'ann', 3);
  const { part } = (await store.bulkWork.startPart(begun.id, 1)) ?? assert.fail('nothing to do');
  await store.bulkWork.finishPart(part, Buffer.from('rows'), async () => {});
  const over = await jobOf(queue, 'bob', 1);
  const { part: only } = (await store.bulkWork.startPart(over.id, 0)) ?? assert.fail('nothing to do');
  await store.bulkWork.finishPart(only, Buffer.from('rows'), async () => {});
  const ended = await jobOf(queue, 'cy', 2);
  await store.for({ owner: 'cy' }).bulkJobs.cancel(ended.id, queue.bulk.dequeue);
  await store.prisma.$executeRaw`DELETE FROM pgboss.job`;

  const client = new pg.Client({ connectionString: store.databaseUrl });
  await client.connect();
  await enqueueUnended(client, store.databaseUrl, silent);
  await client.end();
  const jobs = await store.prisma.$queryRaw<{ jobId: string; part: string | null }[]>`
    SELECT data ->> 'jobId' AS "jobId", data ->> 'part' AS part FROM pgboss.job WHERE name = 'bulk' ORDER BY part NULLS LAST`;
  assert.deepEqual(jobs, [
    { jobId: begun.id, part: '0' },
    { jobId: begun.id, part: '2' },
    { jobId: over.id, part: null },
  ]);
});
