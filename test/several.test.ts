import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeyRing } from '../src/http/access/key-ring.ts';
import { Serving } from '../src/serving/serving.ts';
import { operator } from '../src/store/audit.ts';
import { openStore } from '../src/store/store.ts';
import {
  silent,
  startTestStore,
  type TemporaryDirectory,
  type TestStore,
  temporaryDirectory,
} from './support/postgres.ts';
import {
  askForModel,
  call,
  postJson,
  type ServiceProcess,
  startProcess,
  untilTaken,
  waitFor,
} from './support/service.ts';

// Processes on one database are one service: whatever is asked of one, any other answers for.

const endless = { steps: 1_000_000, patience: 1_000_000, budgetSeconds: 600 };
const rows = { rows: [[0.1, 0.2]] };

let database: TestStore;
let data: TemporaryDirectory;
before(async () => {
  database = await startTestStore();
  data = await temporaryDirectory();
});
after(async () => {
  await database[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
});

const start = (role: string, more: Record<string, string> = {}) =>
  startProcess({ DATA_DIR: data.path, DATABASE_URL: database.store.databaseUrl, ROLE: role, ...more });

describe('two that answer and one that trains', () => {
  let one: ServiceProcess;
  let other: ServiceProcess;
  let worker: ServiceProcess;
  before(async () => {
    [one, other, worker] = await Promise.all([start('api'), start('api'), start('worker')]);
  });
  after(async () => {
    for (const service of [one, other, worker]) assert.equal(await service.stop('SIGTERM'), 0);
  });

  const score = ({ url }: ServiceProcess, id: string) =>
    untilTaken(() => postJson(`${url}/v1/models/${id}/log-prob`, rows));

  test('a training is followed at either, whichever was asked for it', async () => {
    const id = await askForModel(one.url, { steps: 300 });
    const followed = await untilTaken(() => fetch(`${other.url}/v1/models/${id}/events`));
    const text = await followed.text();
    const statuses = [...text.matchAll(/event: status\ndata: \{"status":"(\w+)"/g)].map(([, status]) => status);
    assert.deepEqual(statuses, ['queued', 'training', 'ready']);
    assert.deepEqual(await score(other, id), await score(one, id));
  });

  test('a training is cancelled at either', async () => {
    const id = await askForModel(one.url, endless);
    await waitFor(one.url, id, ['training']);
    const cancelled = await untilTaken(() => call(`${other.url}/v1/models/${id}/cancel`, { method: 'POST' }));
    assert.equal(cancelled.status, 202);
    const { startedAt, finishedAt } = await waitFor(one.url, id, ['cancelled'], 10);
    assert.ok(Date.parse(finishedAt) > Date.parse(startedAt));
    const ended = worker.log.filter((line) => line.includes(id) && line.includes('training ended'));
    assert.match(String(ended), /"outcome":"cancelled"/);
  });

  test('a model that is deleted at one is gone at the other', async () => {
    const id = await askForModel(one.url, { steps: 50 });
    await waitFor(one.url, id, ['ready']);
    for (const service of [one, other]) assert.equal((await score(service, id)).status, 200);
    const deleted = await untilTaken(() => fetch(`${one.url}/v1/models/${id}`, { method: 'DELETE' }));
    assert.equal(deleted.status, 204);
    assert.equal((await score(one, id)).status, 404);
    while ((await score(other, id)).status === 200) await sleep(10);
    assert.equal((await score(other, id)).status, 404);
  });

  test('an alias that is moved at one is followed at the other, and what both score by its shadow adds up', async () => {
    const [first, second] = [await askForModel(one.url, { steps: 50 }), await askForModel(one.url, { steps: 100 })];
    for (const id of [first, second]) await waitFor(one.url, id, ['ready']);
    const put = (path: string, body: object) =>
      untilTaken(() =>
        call(`${one.url}/v1/aliases/${path}`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      );
    const modelAt = async ({ url }: ServiceProcess) =>
      (await untilTaken(() => fetch(`${url}/v1/models/both`))).headers.get('model-id');
    assert.equal((await put('both', { modelId: first })).status, 201);
    assert.equal(await modelAt(other), first);
    assert.equal((await put('both', { modelId: second })).status, 200);
    assert.equal(await modelAt(one), second);
    while ((await modelAt(other)) === first) await sleep(10);
    assert.equal((await put('both/shadow', { modelId: first })).status, 200);
    // The other may not have heard of it yet.
    const compared = async () => (await call(`${one.url}/v1/aliases/both/shadow`)).body;
    while ((await compared()).rows === 0) assert.equal((await score(other, 'both')).status, 200);
    const before = (await compared()).rows;
    for (let turn = 0; turn < 5; turn++)
      for (const service of [one, other]) assert.equal((await score(service, 'both')).status, 200);
    let found = await compared();
    while (found.rows + found.dropped < before + 10) {
      await sleep(100);
      found = await compared();
    }
    assert.ok(Number.isFinite(found.logProb.difference.mean), JSON.stringify(found));
    assert.equal(found.anomalies.rows, found.rows);
  });

  test('requests with one Idempotency-Key create one thing, wherever they arrive', async () => {
    const ask = ({ url }: ServiceProcess) =>
      untilTaken(() =>
        call(`${url}/v1/datasets?name=once`, {
          method: 'POST',
          headers: { 'content-type': 'text/csv', 'idempotency-key': 'one of two' },
          body: 'x,y\n1,2\n3,4\n5,7\n',
        }),
      );
    const together = await Promise.all([one, other, one, other, one, other].map(ask));
    const ids = new Set(together.filter(({ status }) => status === 201).map(({ body }) => body.id));
    for (const { status, body } of together)
      assert.ok(status === 201 || body.code === 'idempotency-key-in-use', JSON.stringify(body));
    for (const service of [one, other]) ids.add((await ask(service)).body.id);
    assert.equal(ids.size, 1);
    const { items } = (await call(`${one.url}/v1/datasets?limit=200`)).body;
    assert.equal(items.filter(({ name }: { name: string }) => name === 'once').length, 1);
  });
});

test('a training waits for a worker that has the memory for it, through the death of another that has', async () => {
  await using shared = await startTestStore();
  const begin = (role: string, memoryBytes: number) =>
    start(role, { DATABASE_URL: shared.store.databaseUrl, WORKER_MEMORY_BYTES: String(memoryBytes) });
  const [api, small] = await Promise.all([begin('api', 1), begin('worker', 1000)]);
  await using _api = api;
  await using _small = small;
  const id = await askForModel(api.url, { ...endless, budgetSeconds: 5 });
  const { body } = await untilTaken(() => call(`${api.url}/v1/models/${id}`));
  assert.match(body.warnings.join(), /no worker has more than .* GiB: it waits for one that has\./);
  await using killed = await begin('worker', 2 ** 30);
  await waitFor(api.url, id, ['training']);
  const { items } = (await untilTaken(() => call(`${api.url}/v1/workers`))).body;
  const memory = items.map((each: { role: string; memory: { bytes: number } }) => [each.role, each.memory.bytes]);
  assert.deepEqual(memory.toSorted(), [
    ['api', 0],
    ['worker', 1000],
    ['worker', 2 ** 30],
  ]);
  await killed.stop('SIGKILL');
  await using _large = await begin('worker', 2 ** 30);
  await waitFor(api.url, id, ['ready']);
  assert.ok(!small.log.some((line) => line.includes(id)), small.log.join('\n'));
});

test('a key has one limit at all processes, and its failures one count; revoked at one it is so at all', async () => {
  const admin = 'a key of some length';
  const environment = { API_KEYS: admin, RATE_LIMIT: '20' };
  await using shared = await startTestStore();
  const begin = () => start('api', { ...environment, DATABASE_URL: shared.store.databaseUrl });
  await using one = await begin();
  await using other = await begin();
  const ask = async ({ url }: ServiceProcess, key: string) => {
    const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    return { status: response.status, code: Object(await response.json()).code };
  };
  const make = async (name: string) =>
    shared.store.apiKeys.create(operator, { owner: 'ann', name, scopes: ['read'], expiresAt: null });

  const { secret } = await make('limited');
  const statuses: number[] = [];
  for (let turn = 0; turn < 15; turn++)
    for (const service of [one, other]) statuses.push((await ask(service, secret)).status);
  assert.deepEqual(statuses.slice(0, 20), new Array(20).fill(200));
  assert.deepEqual(statuses.slice(20), new Array(10).fill(429));

  const revoked = await make('revoked');
  for (const service of [one, other]) assert.equal((await ask(service, revoked.secret)).status, 200);
  await shared.store.apiKeys.revoke(operator, revoked.key.id);
  for (const service of [one, other]) while ((await ask(service, revoked.secret)).status === 200) await sleep(10);

  let failures = 0;
  let last = await ask(one, 'not a key');
  for (; last.status === 401; failures++) last = await ask(failures % 2 === 0 ? other : one, 'not a key');
  assert.ok(failures <= 100, String(failures));
  for (const service of [one, other]) assert.equal((await ask(service, 'not a key')).code, 'too-many-failures');
  for (const service of [one, other]) assert.equal(await service.stop('SIGTERM'), 0);
});

describe('what is remembered', () => {
  /** Resolves once what was done before is heard here. */
  const heard = async (id: string) => {
    const listening = Promise.withResolvers<void>();
    using _ = database.store.news.listen({ happened: (news) => news.id === id && listening.resolve(), missed() {} });
    await database.store.prisma.$executeRaw`SELECT pg_notify('pushforward', ${`mark ${id}`})`;
    await listening.promise;
  };

  test('of a model is let go when another process has deleted it', async () => {
    const { databaseUrl } = database.store;
    const serving = new Serving({ store: database.store, engine: 'onnx', threads: 1 });
    const other = await openStore({ databaseUrl, dataDirectory: data.path, log: silent });
    try {
      const { items } = await database.store.models.list({ limit: 200 });
      // The oldest: for the newest an alias stands.
      const { id } = items.findLast(({ status }) => status === 'ready') ?? assert.fail();
      const own = serving.for('local');
      await own.encoding(id);
      const { misses } = serving.stats();
      await own.encoding(id);
      assert.equal(serving.stats().misses, misses);
      await other.models.delete(id);
      await heard('1');
      assert.equal(serving.stats().models, 0);
      await assert.rejects(own.encoding(id), { code: 'model-not-found' });
    } finally {
      await other.close();
      await serving.close();
    }
  });

  test('of a key, by an answer that was on its way when the key was revoked, counts for nothing', async () => {
    const answers = [Promise.withResolvers<{ id: string; owner: string; scopes: [] } | undefined>()];
    let asked = 0;
    const apiKeys = { find: () => answers[asked++]?.promise ?? Promise.resolve(undefined), exist: async () => true };
    // Only these are asked for.
    const { news } = database.store;
    const ring = new KeyRing({ news, apiKeys: Object.assign(Object.create(database.store.apiKeys), apiKeys) });
    const found = ring.find('a key');
    ring.forget();
    answers[0].resolve({ id: '1', owner: 'ann', scopes: [] });
    assert.equal((await found)?.owner, 'ann');
    assert.equal(await ring.find('a key'), undefined);
    assert.equal(asked, 2);
  });
});
