import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { newId } from '../../src/store/ids.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { isUnavailable } from '../../src/store/unavailable.ts';
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts';
import { createDataset, newModel } from '../support/models.ts';
import { silent, startTestStore, type TestStore } from '../support/postgres.ts';

let testStore: TestStore;
let proxy: DatabaseProxy;
let store: Store;
let datasetId: string;
before(async () => {
  testStore = await startTestStore();
  proxy = await startDatabaseProxy(testStore.store.databaseUrl);
  store = await openStore({ databaseUrl: proxy.databaseUrl, dataDirectory: '', log: silent });
  datasetId = (await createDataset(store)).id;
});
after(async () => {
  await store.close();
  await proxy[Symbol.asyncDispose]();
  await testStore[Symbol.asyncDispose]();
});

/** The ways in which the store asks its database. */
const questions: Readonly<Record<string, () => Promise<unknown>>> = {
  'a query': () => store.datasets.list({ limit: 1 }),
  'a raw query': () => store.models.stats(),
  'a transaction': () => store.models.create(newModel(datasetId), async () => {}),
  'a transaction of the pool': () => createDataset(store),
  'a query of the pool': () => store.idempotencyKeys.claim('somebody', newId()),
};

const errorOf = (question: () => Promise<unknown>) =>
  question().then(
    () => assert.fail('it was answered'),
    (error) => error,
  );

for (const [name, ask] of Object.entries(questions)) {
  test(`${name} fails for want of a database while it cannot be reached, and not after`, async () => {
    await ask();
    proxy.cut();
    const errors = [await errorOf(ask), await errorOf(ask)];
    await proxy.mend();
    for (const error of errors) assert.ok(isUnavailable(error), error);
    await ask();
  });

  test(`${name} fails for want of a database that ends its connections`, async () => {
    // In the midst of waiting for a lock.
    await using locked = await lockTables();
    const asked = errorOf(ask);
    await locked.endOthers();
    assert.ok(isUnavailable(await asked));
  });
}

/** Holds every table of the store, and ends the connections that wait for them. */
async function lockTables() {
  const client = new pg.Client({ connectionString: testStore.store.databaseUrl });
  await client.connect();
  await client.query('BEGIN; LOCK TABLE datasets, models, idempotency_keys');
  const others = `FROM pg_stat_activity WHERE application_name = 'pushforward' AND wait_event_type = 'Lock'`;
  return {
    async endOthers() {
      for (let ended = 0; ended === 0; await sleep(10)) {
        const { rows } = await client.query(`SELECT pg_terminate_backend(pid) ${others}`);
        ended = rows.length;
      }
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

test('what is wrong with a question itself is another matter', async () => {
  const errors = [
    await errorOf(() => store.models.get('no id')),
    await errorOf(() => store.models.create(newModel(newId()), async () => {})),
    await errorOf(() => store.prisma.$queryRaw`SELECT 1 / 0`),
    await errorOf(() => store.prisma.$executeRaw`INSERT INTO datasets (id) VALUES (${datasetId}::uuid)`),
    Object.assign(new Error('aborted'), { code: 'ECONNRESET' }),
    new Error('Connection lost to reason'),
    'a text',
    undefined,
  ];
  for (const error of errors) assert.equal(isUnavailable(error), false, String(error));
});

test('errors on the way to others are seen through', () => {
  const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED', syscall: 'connect' });
  for (const error of [
    new AggregateError([refused, refused]),
    new Error('outer', { cause: refused }),
    new SuppressedError(refused, new Error('first')),
    new SuppressedError(new Error('second'), refused),
  ])
    assert.ok(isUnavailable(error), error);
});
