import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.ts';
import { startService } from '../../src/service.ts';
import { commandLine } from '../../src/store/audit.ts';
import { keyFor, startTestApp, type TestApp, uploadCsv } from '../support/app.ts';
import { silent, temporaryDirectory } from '../support/postgres.ts';
import { untilTaken } from '../support/service.ts';

const operator = 'a key of some length';
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

let service: TestApp;
before(async () => {
  service = await startTestApp({ apiKeys: [operator] });
});
after(() => service[Symbol.asyncDispose]());

const get = (path: string, authorization: string, { request }: TestApp = service) =>
  untilTaken(async () => request.get(path).set({ authorization }));
const create = (body: object, key = operator, { request }: TestApp = service) =>
  untilTaken(async () => request.post('/v1/keys').set(bearer(key)).send(body));

test('a key is shown once, and its hash never', async () => {
  const asked = { owner: 'ann', name: 'notebook', scopes: ['write'], expiresAt: '2999-01-01T00:00:00.000Z' };
  const { status, body, headers } = await create(asked);
  assert.equal(status, 201);
  assert.match(body.key, /^pf_[\w-]{43}$/);
  assert.equal(headers['cache-control'], 'no-store');
  const { key, ...rest } = body;
  assert.deepEqual(rest, { ...asked, id: body.id, createdAt: body.createdAt, revokedAt: null, lastUsedAt: null });
  assert.equal((await get('/v1/datasets', `Bearer ${key}`)).status, 200);
  const list = await get('/v1/keys', `Bearer ${operator}`);
  const listed = list.body.items.find(({ id }: { id: string }) => id === body.id);
  assert.ok(Date.parse(listed.lastUsedAt) >= Date.parse(listed.createdAt));
  assert.deepEqual(listed, { ...rest, lastUsedAt: listed.lastUsedAt });
  assert.ok(!list.text.includes(key) && !list.text.includes('hash'));
  const [{ stored }] = await service.store.prisma.$queryRaw<[{ stored: string }]>`
    SELECT string_agg(k::text, ' ') AS stored FROM api_keys k`;
  assert.ok(!stored.includes(key) && !stored.includes(operator));
});

test('a revoked key is refused at once, and by other processes soon', async () => {
  const made = await create({ owner: 'ann', scopes: ['read'] });
  const authorization = `Bearer ${made.body.key}`;
  assert.equal((await get('/v1/models', authorization)).status, 200);
  const revoke = () => service.request.delete(`/v1/keys/${made.body.id}`).set(bearer(operator));
  await revoke().expect(204);
  assert.equal((await get('/v1/models', authorization)).status, 401);
  await revoke().expect(204);
  const unknown = service.request.delete('/v1/keys/01930000-0000-7000-8000-000000000000').set(bearer(operator));
  assert.equal((await unknown.expect(404)).body.code, 'key-not-found');

  const other = await create({ owner: 'ann', scopes: ['read'] });
  assert.equal((await get('/v1/models', `Bearer ${other.body.key}`)).status, 200);
  // As another process does it.
  await service.store.apiKeys.revoke(commandLine, other.body.id);
  while ((await get('/v1/models', `Bearer ${other.body.key}`)).status === 200)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await get('/v1/models', `Bearer ${other.body.key}`)).status, 401);
});

test('an expired key is refused, and one that would be expired is not made', async () => {
  const late = { owner: 'ann', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' };
  const refused = await create(late);
  assert.deepEqual([refused.status, refused.body.code], [422, 'expired']);
  const expiresAt = new Date(late.expiresAt);
  const { secret } = await service.store.apiKeys.create(commandLine, {
    owner: 'ann',
    name: '',
    scopes: ['read'],
    expiresAt,
  });
  assert.equal((await get('/v1/models', `Bearer ${secret}`)).status, 401);
});

for (const [what, body] of [
  ['an owner with spaces', { owner: 'a b', scopes: ['read'] }],
  ['no scopes', { owner: 'ann', scopes: [] }],
  ['an unknown scope', { owner: 'ann', scopes: ['root'] }],
  ['a date that is none', { owner: 'ann', scopes: ['read'], expiresAt: 'soon' }],
] as const)
  test(`${what} is refused`, async () => {
    const answer = await create(body);
    assert.deepEqual([answer.status, answer.body.code], [400, 'invalid-request']);
  });

test('API_KEYS are adopted once, and stay revoked', async () => {
  const { apiKeys } = service.store;
  const all = async () => (await apiKeys.list({ limit: 200 })).items;
  const count = (await all()).length;
  await apiKeys.adopt([operator, 'another key of some length']);
  await apiKeys.adopt([operator, 'another key of some length']);
  const [key, ...others] = await all();
  assert.equal(others.length, count);
  assert.deepEqual([key.owner, key.name, key.scopes], ['local', 'API_KEYS', ['admin']]);
  await apiKeys.revoke(commandLine, key.id);
  await apiKeys.adopt(['another key of some length']);
  assert.equal((await get('/v1/models', 'Bearer another key of some length')).status, 401);
});

test('from the first key on one is asked for, also once it is revoked', async () => {
  await using fresh = await startTestApp();
  const datasets = () => untilTaken(async () => fresh.request.get('/v1/datasets'));
  assert.equal((await datasets()).status, 200);
  const { body } = await create({ owner: 'local', scopes: ['admin'] }, 'none', fresh);
  assert.equal((await datasets()).status, 401);
  await fresh.store.apiKeys.revoke(commandLine, body.id);
  assert.equal((await datasets()).status, 401);
});

test('what was made before there were keys is the operator’s', async () => {
  await using fresh = await startTestApp();
  await untilTaken(async () => fresh.request.get('/v1/datasets'));
  const id = await uploadCsv(fresh);
  const own = await keyFor(fresh, 'local', 'read');
  while ((await fresh.request.get('/v1/datasets')).status !== 401)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await get(`/v1/datasets/${id}`, own, fresh)).status, 200);
  assert.equal((await get(`/v1/datasets/${id}`, await keyFor(fresh, 'ann', 'admin'), fresh)).status, 404);
});

test('without keys a page elsewhere cannot speak for its reader by a name of its own', async () => {
  await using fresh = await startTestApp();
  const ask = (host: string) => untilTaken(async () => fresh.request.get('/v1/datasets').set({ host }));
  for (const host of ['evil.example', 'evil.example:3000', 'localhost.evil.example', '127.0.0.1.evil.example', 'a b'])
    assert.equal((await ask(host)).status, 421, host);
  assert.equal((await ask('evil.example')).body.code, 'foreign-host');
  for (const host of ['localhost', 'LOCALHOST:3000', '127.0.0.1:3000', '[::1]:3000', '192.168.1.7'])
    assert.equal((await ask(host)).status, 200, host);
  // Who has a key is no page elsewhere.
  const named = service.request.get('/v1/datasets').set({ ...bearer(operator), host: 'flows.example' });
  await named.expect(200);
});

test('without keys nothing but loopback is listened on', async () => {
  await using directory = await temporaryDirectory();
  const start = (environment: object) =>
    startService(loadConfig({ DATA_DIR: directory.path, HOST: '0.0.0.0', PORT: '0', ...environment }), silent);
  await assert.rejects(start({}), {
    name: 'ConfigError',
    message: /^HOST=0\.0\.0\.0: while there are no API keys .*: set API_KEYS, or make a key with npm run key$/,
  });
  await (await start({ API_KEYS: operator })).close();
  // The key is stored: it need not be said again.
  await (await start({})).close();
});

test('no key is ever logged', async () => {
  const lines: string[] = [];
  const log = pino(
    { level: 'trace' },
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  );
  await using logged = await startTestApp({ apiKeys: [operator], log });
  const made = await create({ owner: 'ann', name: 'n', scopes: ['write'] }, operator, logged);
  const { key } = made.body;
  const bad = `pf_${'b'.repeat(43)}`;
  const other = 'no key that was ever made';
  const statuses: number[] = [];
  for (const each of [key, bad, other]) {
    const named = encodeURIComponent(each);
    for (const path of ['/v1/models', `/v1/models?key=${named}&api_key=${named}`, `/v1/models/${named}`])
      for (const authorization of [
        `Bearer ${each}`,
        each,
        `Basic ${each}`,
        `Bearer  ${each} ${each}`,
        `Bearer,${each}`,
      ])
        statuses.push((await get(path, authorization, logged)).status);
  }
  await logged.request.post('/v1/models').set(bearer(key)).send({ datasetId: key }).expect(400);
  await logged.request
    .post('/v1/datasets')
    .set({ ...bearer(key), 'idempotency-key': key })
    .type('text/csv')
    .send(key);
  assert.deepEqual([...new Set(statuses)].toSorted(), [200, 400, 401, 404]);
  const text = lines.join('');
  assert.ok(lines.length > 80 && text.includes('/v1/models?key&api_key'), 'requests are logged');
  for (const secret of [key, bad, operator]) assert.ok(!text.includes(secret) && !text.includes(secret.slice(3, 20)));
});

test('requests beyond RATE_LIMIT are told to come again, each key’s alone; health is always told', async () => {
  await using limited = await startTestApp({ apiKeys: [operator], rateLimit: 3 });
  const ann = await keyFor(limited, 'ann', 'read');
  const asked = [];
  for (let index = 0; index < 4; index++) asked.push(await get('/v1/flows', ann, limited));
  const last = asked[3];
  assert.deepEqual([asked[0].headers['x-ratelimit-limit'], asked[0].headers['x-ratelimit-remaining']], ['3', '2']);
  assert.deepEqual([last.status, last.body.code], [429, 'rate-limited']);
  assert.match(last.headers['content-type'], /^application\/problem\+json/);
  assert.ok(Number(last.headers['retry-after']) > 0 && Number(last.headers['retry-after']) <= 60);
  assert.match(last.body.detail, /RATE_LIMIT=3 allows/);
  assert.equal((await get('/v1/flows', `Bearer ${operator}`, limited)).status, 200);
  const inOther = await get('/v2/models/x', ann, limited);
  assert.deepEqual([inOther.status, Object.keys(inOther.body)], [429, ['error']]);
  for (let index = 0; index < 5; index++) await limited.request.get('/healthz').expect(200);
});

test('an address with many wrong keys is not listened to, but for keys that were good', async () => {
  await using tried = await startTestApp({ apiKeys: [operator] });
  const datasets = (key: string) => get('/v1/datasets', `Bearer ${key}`, tried);
  assert.equal((await datasets(operator)).status, 200);
  const { secret } = await tried.store.apiKeys.create(commandLine, {
    owner: 'ann',
    name: '',
    scopes: ['read'],
    expiresAt: null,
  });
  for (let index = 0; index < 100; index++) assert.equal((await datasets(`pf_guess${index}`)).status, 401);
  // Whether a guess is right is not told any more.
  const answers = [await datasets('pf_guess'), await datasets(secret)];
  for (const { status, body, headers } of answers) {
    assert.deepEqual([status, body.code], [429, 'too-many-failures']);
    assert.ok(Number(headers['retry-after']) > 0);
  }
  assert.equal((await datasets(operator)).status, 200);
});

test('an owner can have so many models queued, however many ask together', async () => {
  await using full = await startTestApp({ limits: { maxQueuedModels: 3 } });
  await untilTaken(async () => full.request.get('/v1/flows'));
  const datasetId = await uploadCsv(full);
  const post = () => untilTaken(async () => full.request.post('/v1/models').send({ datasetId, flow: 'real-nvp' }));
  const answers = await Promise.all(Array.from({ length: 8 }, post));
  const statuses = answers.map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [202, 202, 202, 429, 429, 429, 429, 429]);
  const { body, headers } = answers.find(({ status }) => status === 429) ?? assert.fail();
  assert.equal(body.code, 'too-many-queued');
  assert.match(body.detail, /^3 models are queued, as many as MAX_QUEUED_MODELS=3 allows/);
  assert.ok(Number(headers['retry-after']) > 0);
  assert.equal(await full.store.prisma.model.count(), 3);
  const [queued] = answers.filter(({ status }) => status === 202);
  await full.request.post(`/v1/models/${queued.body.id}/cancel`).expect(202);
  assert.equal((await post()).status, 202);
  // Another owner's queue is another one.
  const ann = full.store.for({ owner: 'ann' }).datasets;
  assert.equal((await ann.list({ limit: 1 })).items.length, 0);
});
