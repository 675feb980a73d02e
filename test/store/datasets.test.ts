import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError, NotFoundError } from '../../src/store/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { createDataset, newModel, partsOf } from '../support/models.ts';
import { startTestStore, type TestStore } from '../support/postgres.ts';

let testStore: TestStore;
let store: Store;

before(async () => {
  testStore = await startTestStore();
  store = testStore.store;
});
after(() => testStore[Symbol.asyncDispose]());

const unknownId = '01a20de1-a91a-73d9-ab9c-4046e3f46189';
const notADataset = { name: 'NotFoundError', code: 'dataset-not-found' };

async function contents(id: string, offset = 0) {
  const parts = [];
  for await (const { firstRow, rowCount, bytes } of store.datasets.parts(id, { offset }))
    parts.push({ firstRow, rowCount, text: Buffer.from(bytes).toString() });
  return parts;
}

test('a dataset comes back as it was stored, its parts in order', async () => {
  const created = await createDataset(store);
  assert.ok(Math.abs(created.createdAt.getTime() - Date.now()) < 60_000);
  assert.deepEqual(await store.datasets.get(created.id), created);
  assert.equal(created.name, 'waves');
  assert.equal(created.rowCount, 30);
  assert.equal(created.byteCount, 15);
  assert.deepEqual(created.warnings, ['a warning']);
  assert.deepEqual(created.columns, [
    {
      name: 'height',
      kind: 'continuous',
      reason: 'fractions',
      ignored: false,
      missingCount: 1,
      summary: { min: 0, max: 2.5 },
    },
  ]);
  assert.deepEqual(await contents(created.id), [
    { firstRow: 0, rowCount: 10, text: 'first' },
    { firstRow: 10, rowCount: 10, text: 'second' },
    { firstRow: 20, rowCount: 10, text: 'third' },
  ]);
});

test('correlations and what is said of columns come back, and may be lacking', async () => {
  const correlations = {
    columns: ['a', 'b'],
    values: [
      [1, null],
      [null, null],
    ],
  };
  const columns = [
    {
      name: 'a',
      kind: 'integer',
      reason: 'as asked',
      ignored: true,
      missingCount: 0,
      lower: -1,
      upper: 2,
      summary: {},
    },
  ] as const;
  const dataset = { name: 'waves', rowCount: 0, byteCount: 0, columns, correlations, warnings: [] };
  const { id } = await store.datasets.create(dataset, partsOf());
  const stored = await store.datasets.get(id);
  assert.deepEqual([stored.correlations, stored.columns], [correlations, columns]);
  assert.equal((await createDataset(store)).correlations, null);
  const old = JSON.stringify([{ name: 'a', kind: 'continuous', missingCount: 0, summary: {} }]);
  await store.prisma.$executeRaw`UPDATE datasets SET columns = ${old}::json WHERE id = ${id}::uuid`;
  const [column] = (await store.datasets.get(id)).columns;
  assert.deepEqual([column.reason, column.ignored], ['', false]);
});

test('an offset passes over the parts that end before it', async () => {
  const { id } = await createDataset(store);
  const firstRows = async (offset: number) => (await contents(id, offset)).map(({ firstRow }) => firstRow);
  assert.deepEqual(await firstRows(9), [0, 10, 20]);
  assert.deepEqual(await firstRows(10), [10, 20]);
  assert.deepEqual(await firstRows(29), [20]);
  assert.deepEqual(await firstRows(30), []);
});

test('names and values may hold any character that JSON can', async () => {
  const columns = [
    {
      name: 'nul \u0000',
      kind: 'categorical',
      reason: '',
      ignored: false,
      missingCount: 0,
      summary: { categories: ['\u0000', '\ud800', '☂'] },
    },
  ] as const;
  const empty = { name: 'odd', rowCount: 0, byteCount: 2 ** 40, columns: [...columns], warnings: ['\u0000'] };
  const created = await store.datasets.create(empty, partsOf());
  assert.deepEqual(created.columns, columns);
  assert.deepEqual(created.warnings, ['\u0000']);
  assert.equal(created.byteCount, 2 ** 40);
  assert.deepEqual(await contents(created.id), []);
});

test('parts that fail on the way leave nothing', async () => {
  const { items: before } = await store.datasets.list({ limit: 100 });
  async function* failing() {
    yield* partsOf('first');
    throw new Error('the stream broke');
  }
  const dataset = { name: 'broken', rowCount: 10, byteCount: 5, columns: [], warnings: [] };
  await assert.rejects(store.datasets.create(dataset, failing()), /the stream broke/);
  await assert.rejects(
    store.datasets.create(dataset, partsOf('a', 'b')),
    /"broken": expected parts of 10 rows, got 20/,
  );
  let taken = 0;
  async function* endless() {
    for (;;) {
      taken++;
      yield* partsOf('first');
    }
  }
  const refusal = sleep(50).then(() => Promise.reject(new Error('not a number')));
  await assert.rejects(store.datasets.create(refusal, endless()), /not a number/);
  assert.ok(taken > 0);
  assert.deepEqual((await store.datasets.list({ limit: 100 })).items, before);
  const orphans = await store.prisma.datasetPart.count({ where: { datasetId: { notIn: before.map(({ id }) => id) } } });
  assert.equal(orphans, 0);
});

test('a list goes from the newest to the oldest, page by page', async () => {
  const created = [];
  for (const name of ['one', 'two', 'three']) created.unshift((await createDataset(store, name)).id);
  const first = await store.datasets.list({ limit: 2 });
  assert.deepEqual(
    first.items.map(({ id }) => id),
    created.slice(0, 2),
  );
  assert.equal(first.nextCursor, created[1]);
  const second = await store.datasets.list({ limit: 1, cursor: created[1] });
  assert.equal(second.items[0]?.id, created[2]);
  const everything = await store.datasets.list({ limit: await store.prisma.dataset.count() });
  assert.equal(everything.nextCursor, null);
});

test('what is not there is named', async () => {
  for (const id of [unknownId, 'not-an-id', '\u0000']) {
    await assert.rejects(store.datasets.get(id), notADataset);
    await assert.rejects(store.datasets.delete(id), notADataset);
    await assert.rejects(contents(id), notADataset);
  }
  await assert.rejects(store.datasets.get(unknownId), new NotFoundError('dataset', unknownId));
});

test('deleting removes the parts, also from under a reader, who is told', async () => {
  const { id } = await createDataset(store);
  const reader = store.datasets.parts(id);
  await reader.next();
  await store.datasets.delete(id);
  assert.equal(await store.prisma.datasetPart.count({ where: { datasetId: id } }), 0);
  await assert.rejects(reader.next(), notADataset);
});

test('a dataset is kept while a model on it is queued or training, and not for one that has ended', async () => {
  const { id } = await createDataset(store);
  const model = await store.models.create(newModel(id), async () => {});
  await assert.rejects(store.datasets.delete(id), {
    code: 'dataset-in-use',
    message: `the model ${model.id} on the dataset ${id} is queued`,
  });
  const started = await store.models.startAttempt(model.id);
  assert.ok(started);
  await assert.rejects(store.datasets.delete(id), { code: 'dataset-in-use', message: /is training/ });
  await store.models.markCancelled(model.id, started.attempt);
  await store.datasets.delete(id);
  assert.equal((await store.models.get(model.id)).datasetId, null);
});

test('a dataset is not deleted from under a model that is being created', async () => {
  const { id } = await createDataset(store);
  const inserted = new EventTarget();
  const creation = store.models.create(newModel(id), async () => {
    inserted.dispatchEvent(new Event('inserted'));
    // Holds the transaction open until the deletion waits for it.
    for (;;) {
      const waiting = await store.prisma.$queryRaw<unknown[]>`
        SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM datasets%FOR UPDATE%'`;
      if (waiting.length > 0) return;
    }
  });
  await once(inserted, 'inserted');
  await assert.rejects(store.datasets.delete(id), ConflictError);
  assert.equal((await creation).datasetId, id);
});
