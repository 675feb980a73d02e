import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { pino } from 'pino';
import type { Response, Test } from 'supertest';
import { type AuditEvent, operator } from '../../src/store/audit.ts';
import { ConflictError, NotFoundError } from '../../src/store/errors.ts';
import {
  queuedModel,
  readyModel,
  startTestApp,
  type TestApp,
  trainingModel,
  uploadCsv,
  usableCsv,
} from '../support/app.ts';
import { newModel, partsOf } from '../support/models.ts';
import { untilTaken } from '../support/service.ts';

interface LogLine {
  readonly reqId?: string;
  readonly req?: { readonly method: string; readonly url: string };
  readonly audit?: Pick<AuditEvent, 'id' | 'action'>;
}

const command = join(import.meta.dirname, '../../scripts/key.ts');
const execute = promisify(execFile);
const admin = 'a key of some length';
const dataset = { name: 'waves', rowCount: 20, byteCount: 3, columns: [], warnings: [] };
const lines: LogLine[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
let open: TestApp;
let guarded: TestApp;
before(async () => {
  open = await startTestApp({ log });
  guarded = await startTestApp({ log, apiKeys: [admin] });
});
after(async () => {
  await open[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
});

/** Oldest first. */
async function trail({ store }: TestApp): Promise<AuditEvent[]> {
  return (await store.audit.list({ limit: 10_000 })).items.reverse();
}

/** The actions that `work` leaves in the trail, which the log tells too. */
async function actionsOf(service: TestApp, work: () => Promise<unknown>): Promise<string[]> {
  const known = (await trail(service)).length;
  const told = lines.length;
  await work();
  const noted = (await trail(service)).slice(known);
  const logged = lines.slice(told).flatMap(({ audit }) => audit ?? []);
  assert.deepEqual(
    logged.map(({ id }) => id),
    noted.map(({ id }) => id),
  );
  return noted.map(({ action }) => action);
}

const as = (key: string) => ({ authorization: `Bearer ${key}` });

/** The answer, with this status, once the service is not too busy to give one. */
async function taken(status: number, ask: () => Test): Promise<Response> {
  const answer = await untilTaken(async () => ask());
  assert.equal(answer.status, status, answer.text);
  return answer;
}

test('each deed stands in the trail, with who did it and the request that the log names', async () => {
  const { request, store } = guarded;
  const from = lines.length;
  const newKey = { owner: 'ann', name: 'notebook', scopes: ['write'] };
  const created = await taken(201, () => request.post('/v1/keys').set(as(admin)).send(newKey));
  const { id: keyId, key } = created.body;
  const datasets = '/v1/datasets?name=tides';
  const csv = await taken(201, () => request.post(datasets).set(as(key)).type('text/csv').send(usableCsv));
  const datasetId = csv.body.id;
  const model = { datasetId, name: 'waves' };
  const posted = await taken(202, () => request.post('/v1/models').set(as(key)).send(model));
  const modelId = posted.body.id;
  await taken(202, () => request.post(`/v1/models/${modelId}/cancel`).set(as(key)));
  await taken(204, () => request.delete(`/v1/models/${modelId}`).set(as(key)));
  await taken(204, () => request.delete(`/v1/datasets/${datasetId}`).set(as(key)));
  await taken(204, () => request.delete(`/v1/keys/${keyId}`).set(as(admin)));

  const [adopted, ...events] = await trail(guarded);
  const adminId = adopted.subjectId;
  assert.deepEqual(
    [adopted.action, adopted.actor, adopted.owner, adopted.keyId, adopted.requestId, adopted.details],
    ['key.created', 'local', 'local', null, null, { name: 'API_KEYS' }],
  );
  const byAdmin = { owner: 'ann', actor: 'local', keyId: adminId };
  const byAnn = { owner: 'ann', actor: 'ann', keyId };
  const ofKey = { subjectId: keyId, details: { name: 'notebook' } };
  const ofDataset = { subjectId: datasetId, details: { name: 'tides' } };
  const ofModel = { subjectId: modelId, details: { name: 'waves' } };
  const requestOf = ({ requestId }: AuditEvent) => lines.find(({ req, reqId }) => req && reqId === requestId)?.req;
  assert.deepEqual(
    events.map(requestOf).map((req) => [req?.method, req?.url]),
    [
      ['POST', '/v1/keys'],
      ['POST', '/v1/datasets?name'],
      ['POST', '/v1/models'],
      ['POST', `/v1/models/${modelId}/cancel`],
      ['DELETE', `/v1/models/${modelId}`],
      ['DELETE', `/v1/datasets/${datasetId}`],
      ['DELETE', `/v1/keys/${keyId}`],
    ],
  );
  assert.deepEqual(
    events.map(({ id: _id, at: _at, requestId: _requestId, ...event }) => event),
    [
      { action: 'key.created', ...byAdmin, ...ofKey },
      { action: 'dataset.created', ...byAnn, ...ofDataset },
      { action: 'model.created', ...byAnn, ...ofModel },
      { action: 'model.cancelled', ...byAnn, ...ofModel },
      { action: 'model.deleted', ...byAnn, ...ofModel },
      { action: 'dataset.deleted', ...byAnn, ...ofDataset },
      { action: 'key.revoked', ...byAdmin, ...ofKey },
    ],
  );
  const logged = lines.slice(from).filter(({ audit }) => audit);
  assert.deepEqual(
    logged.map(({ reqId, audit }) => ({ ...audit, requestId: reqId })),
    events.map(({ at: _at, ...event }) => event),
  );
  assert.ok(!JSON.stringify(lines).includes(key), 'the key itself is in no line');

  const page = await taken(200, () => request.get('/v1/audit').query({ subjectId: datasetId }).set(as(admin)));
  assert.deepEqual(
    page.body.items.map(({ action }: AuditEvent) => action),
    ['dataset.deleted', 'dataset.created'],
    'events outlive what they tell of',
  );
  const expected = (await store.audit.list({ limit: 1, subjectId: modelId })).items;
  const newest = await taken(200, () =>
    request.get('/v1/audit').query({ subjectId: modelId, limit: 1 }).set(as(admin)),
  );
  assert.deepEqual(newest.body.items, JSON.parse(JSON.stringify(expected)));
});

test('only admins read it, and nobody changes it', async () => {
  const { request, store } = guarded;
  for (const scope of ['read', 'write', 'metrics'] as const) {
    const key = { owner: 'ann', name: scope, scopes: [scope], expiresAt: null };
    const { secret } = await store.apiKeys.create(operator, key);
    const { body } = await taken(403, () => request.get('/v1/audit').set(as(secret)));
    assert.equal(body.code, 'insufficient-scope');
  }
  await taken(401, () => request.get('/v1/audit'));
  const known = await trail(guarded);
  const last = known.at(-1) ?? assert.fail('the trail is empty');
  for (const method of ['post', 'put', 'patch', 'delete'] as const)
    for (const [path, status] of [
      ['/v1/audit', 405],
      [`/v1/audit/${last.id}`, 404],
    ] as const)
      await taken(status, () => request[method](path).set(as(admin)).send({ owner: 'bob' }));
  assert.deepEqual(await trail(guarded), known);
});

test('it comes in pages, of one owner where that is asked for', async () => {
  const { request, store } = open;
  const cat = store.for({ owner: 'cat' });
  const { id } = await cat.datasets.create(dataset, partsOf('ab', 'c'));
  await cat.datasets.delete(id);
  await uploadCsv(open);
  const ids: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { body } = await taken(200, () => request.get('/v1/audit').query({ limit: 2, cursor }));
    assert.ok(body.items.length <= 2);
    ids.push(...body.items.map((event: AuditEvent) => event.id));
    cursor = body.nextCursor;
  }
  const known = await trail(open);
  assert.deepEqual(ids, known.map((event) => event.id).reverse());
  const { body } = await taken(200, () => request.get('/v1/audit').query({ owner: 'cat' }));
  assert.deepEqual(
    body.items.map(({ action, actor, subjectId }: AuditEvent) => [action, actor, subjectId]),
    [
      ['dataset.deleted', 'cat', id],
      ['dataset.created', 'cat', id],
    ],
  );
  await taken(400, () => request.get('/v1/audit').query({ owner: 'command line' }));
  await taken(400, () => request.get('/v1/audit').query({ subjectId: 'x' }));
});

test('an answer that is given again is no deed', async () => {
  const ask = () => open.request.post('/v1/datasets').set('idempotency-key', 'a key').type('text/csv').send(usableCsv);
  const post = () => taken(201, ask);
  assert.deepEqual(await actionsOf(open, post), ['dataset.created']);
  assert.deepEqual(await actionsOf(open, post), []);
});

test('nor is what changes nothing', async () => {
  const { datasets, models } = open.store;
  const nowhere = crypto.randomUUID();
  const { id } = await trainingModel(open);
  const { datasetId } = await models.get(id);
  assert.deepEqual(await actionsOf(open, () => models.requestCancel(id)), ['model.cancelled']);
  const nothing = await actionsOf(open, async () => {
    assert.equal((await models.requestCancel(id)).status, 'training');
    await assert.rejects(models.delete(id), ConflictError);
    await assert.rejects(datasets.delete(String(datasetId)), ConflictError);
    for (const things of [datasets, models]) await assert.rejects(things.delete(nowhere), NotFoundError);
    await assert.rejects(models.requestCancel(nowhere), NotFoundError);
    await models.markCancelled(id, 1);
    await assert.rejects(models.requestCancel(id), ConflictError);
  });
  assert.deepEqual(nothing, [], 'how training ends is told by the events of the model');
});

test('keys are adopted once, and revoked once', async () => {
  const { apiKeys } = guarded.store;
  const adopt = () => apiKeys.adopt([admin, 'another key of some length']);
  assert.deepEqual(await actionsOf(guarded, adopt), ['key.created']);
  assert.deepEqual(await actionsOf(guarded, adopt), []);
  const { key } = await apiKeys.create(operator, { owner: 'dan', name: '', scopes: ['read'], expiresAt: null });
  const revoke = () => apiKeys.revoke(operator, key.id);
  assert.deepEqual(await actionsOf(guarded, revoke), ['key.revoked']);
  assert.deepEqual(await actionsOf(guarded, revoke), []);
  await assert.rejects(apiKeys.revoke(operator, crypto.randomUUID()), NotFoundError);
});

test('a transaction that is rolled back leaves no event', async () => {
  const { datasets, models } = open.store;
  const datasetId = await uploadCsv(open);
  const keep = () => Promise.reject(new Error('the connection was lost'));
  const nothing = await actionsOf(open, async () => {
    await assert.rejects(datasets.create(dataset, partsOf('ab', 'c'), keep), /was lost/);
    await assert.rejects(
      models.create(newModel(datasetId), async () => {}, { keep }),
      /was lost/,
    );
  });
  assert.deepEqual(nothing, []);
});

test('what the command line does is noted as such', async () => {
  const env = { ...process.env, DATABASE_URL: guarded.store.databaseUrl };
  const runKey = (...parameters: string[]) => execute(process.execPath, [command, ...parameters], { env });
  const known = (await trail(guarded)).length;
  await runKey('create', '--owner', 'fay', '--name', 'notebook');
  const [created] = (await trail(guarded)).slice(known);
  await runKey('revoke', created.subjectId);
  const expected = { actor: 'command line', owner: 'fay', keyId: null, requestId: null, details: { name: 'notebook' } };
  assert.deepEqual(
    (await trail(guarded)).slice(known).map(({ id: _id, at: _at, ...event }) => event),
    ['key.created', 'key.revoked'].map((action) => ({ action, subjectId: created.subjectId, ...expected })),
  );
});

test('what the trail cannot hold is not done', async () => {
  const actor = { ...operator, requestId: 'not a UUID' };
  const { datasets, models } = open.store.for(actor);
  const { prisma } = open.store;
  const { apiKeys } = guarded.store;
  const queued = await queuedModel(open);
  const ready = await readyModel(open);
  const training = await trainingModel(open);
  const unused = await uploadCsv(open);
  const newKey = { owner: 'eve', name: '', scopes: ['read'] as const, expiresAt: null };
  const { secret, key } = await apiKeys.create(operator, newKey);
  const state = async () => ({
    datasets: await prisma.dataset.findMany({ orderBy: { id: 'asc' } }),
    models: await prisma.model.findMany({ orderBy: { id: 'asc' } }),
    keys: await guarded.store.prisma.apiKey.count(),
  });
  const before = await state();
  const attempts = [
    () => datasets.create(dataset, partsOf('ab', 'c')),
    () => models.create(newModel(unused), async () => {}),
    () => models.requestCancel(queued.id),
    () => models.requestCancel(training.id),
    () => models.delete(ready),
    () => datasets.delete(unused),
    () => apiKeys.create(actor, newKey),
    () => apiKeys.revoke(actor, key.id),
  ];
  for (const attempt of attempts) await assert.rejects(attempt(), /invalid input syntax for type uuid/);
  assert.deepEqual(await state(), before);
  assert.equal((await apiKeys.find(secret))?.id, key.id);
});
