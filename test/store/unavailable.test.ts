import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../../src/store/client/client.ts';
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

test('whatever a socket says of a database that cannot be reached, Prisma and its pool say the same of it', async () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']) {
    const fault = Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect', errno: -1 });
    await using pool = Object.assign(new pg.Pool({ stream: () => refusing(fault) }), {
      [Symbol.asyncDispose]: () => pool.end(),
    });
    const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
    const asked = [() => pool.query('SELECT 1'), () => prisma.$queryRaw`SELECT 1`, () => prisma.model.findFirst()];
    for (const ask of asked) assert.ok(isUnavailable(await errorOf(ask)), `${code}: ${await errorOf(ask)}`);
    await prisma.$disconnect();
  }
});

/** A socket that never gets through. */
function refusing(fault: Error): Socket {
  const socket = new Socket();
  return Object.assign(socket, { connect: () => socket.destroy(fault) });
}

test('a server takes a machine for lost that has gone without a word', async () => {
  const asked = ['tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count', 'tcp_user_timeout'];
  const settings = await store.prisma.$queryRaw<{ name: string; setting: string }[]>`
    SELECT name, setting FROM pg_settings WHERE name = ANY(${asked})`;
  const seconds = Object.fromEntries(settings.map(({ name, setting }) => [name, Number(setting)]));
  assert.deepEqual(seconds, {
    ...{ tcp_keepalives_idle: 10, tcp_keepalives_interval: 5, tcp_keepalives_count: 3, tcp_user_timeout: 25_000 },
  });
});
