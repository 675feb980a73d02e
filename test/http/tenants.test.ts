import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'supertest';
import type { Scope } from '../../src/store/api-keys.ts';
import { operator } from '../../src/store/audit.ts';
import { keyFor, startTestApp, type TestApp } from '../support/app.ts';
import { guardedOperations, type Operation, type Things } from '../support/operations.ts';
import { untilTaken } from '../support/service.ts';

// Two owners, Ann and Bob, and every operation of the OpenAPI document: what is Ann's is to Bob as if it were not there.

const operations = await guardedOperations();
const nobodys = '01930000-0000-7000-8000-000000000000';
/** A scope that each does not include. */
const lesser: Readonly<Record<Scope, Scope>> = { read: 'metrics', write: 'read', metrics: 'write', admin: 'write' };

const methods = ['get', 'post', 'put', 'delete'] as const;

const nothing: Things = {
  ...{ dataset: nobodys, unused: nobodys, ready: nobodys, queued: nobodys, key: nobodys },
  ...{ alias: 'nobodys', candidate: nobodys, job: nobodys, endedJob: nobodys },
  ...{ sweep: nobodys, endedSweep: nobodys },
};

let service: TestApp;
async function begin(): Promise<void> {
  await service?.[Symbol.asyncDispose]();
  service = await startTestApp();
}
before(begin);
after(() => service[Symbol.asyncDispose]());

function ask(operation: Operation, things: Things, authorization: string | undefined): Promise<Response> {
  const { method, path, of = 'ready', query = {}, type = 'application/json', body } = operation;
  const url = path.replace('{id}', things[of]).replace('{name}', things.alias).replace('{version}', '1');
  const { request: agent } = service;
  return untilTaken(async () => {
    const verb = methods.find((each) => each === method) ?? assert.fail(method);
    const request = agent[verb](url);
    request.query(query);
    if (authorization !== undefined) request.set('authorization', authorization);
    return body ? request.type(type).send(body(things)) : request;
  });
}

/** A dataset, a ready model on it with an alias that another shadows, a queued one, jobs of others, and a key. */
async function thingsOf(owner: string): Promise<Things> {
  const [upload] = operations.filter(({ name }) => name === 'createDataset');
  const uploaded = async () => {
    const { body, status, text } = await ask(upload, nothing, await keyFor(service, owner, 'write'));
    assert.equal(status, 201, text);
    return body.id;
  };
  const dataset = await uploaded();
  const ready = await readyModelOf(owner, dataset);
  return {
    ...{ dataset, unused: await uploaded(), ready, queued: await queuedModelOf(owner, dataset) },
    ...(await aliasOf(owner, dataset, ready)),
    ...(await jobsOf(owner, dataset)),
    ...(await sweepsOf(owner, dataset)),
    key: await keyOf(owner),
  };
}

async function keyOf(owner: string): Promise<string> {
  const { key } = await service.store.apiKeys.create(operator, { owner, name: '', scopes: ['read'], expiresAt: null });
  return key.id;
}

async function aliasOf(owner: string, dataset: string, ready: string): Promise<Pick<Things, 'alias' | 'candidate'>> {
  const alias = `of-${owner}-${ready}`;
  const { aliases } = service.store.for({ owner });
  const candidate = await readyModelOf(owner, dataset);
  // The first is there to be rolled back to.
  for (const model of [candidate, ready]) await aliases.move(alias, model);
  await aliases.shadow(alias, { modelId: candidate, share: 1 });
  return { alias, candidate };
}

async function jobsOf(owner: string, dataset: string): Promise<Pick<Things, 'job' | 'endedJob'>> {
  const { bulkJobs } = service.store.for({ owner });
  const drawing = { name: `of ${owner}`, kind: 'sample', options: {}, rows: { count: 2 }, partRows: 1 } as const;
  const create = async () => {
    const modelId = await readyModelOf(owner, dataset);
    return (await bulkJobs.create({ ...drawing, modelId }, { enqueue: async () => {} })).id;
  };
  const endedJob = await create();
  await bulkJobs.cancel(endedJob, async () => {});
  return { job: await create(), endedJob };
}

async function sweepsOf(owner: string, datasetId: string): Promise<Pick<Things, 'sweep' | 'endedSweep'>> {
  const { sweeps } = service.store.for({ owner });
  const model = { name: `of ${owner}`, datasetId, columns: ['x', 'y'], context: [], flow: {}, training: {} };
  const trials = [{ flow: 0, model: { ...model, seed: 0, parameterCount: 4 } }];
  const sweep = { name: `of ${owner}`, datasetId, flows: ['small'], trials };
  const create = async () => (await sweeps.create(sweep, { enqueue: async () => {} })).id;
  const endedSweep = await create();
  await sweeps.cancel(endedSweep);
  return { sweep: await create(), endedSweep };
}

async function queuedModelOf(owner: string, datasetId: string): Promise<string> {
  const model = { name: `of ${owner}`, datasetId, columns: ['x', 'y'], context: [], flow: {}, training: {} };
  const { models } = service.store.for({ owner });
  return (await models.create({ ...model, seed: 0, parameterCount: 4 }, async () => {})).id;
}

async function readyModelOf(owner: string, datasetId: string): Promise<string> {
  const id = await queuedModelOf(owner, datasetId);
  const { attempt } = (await service.store.models.startAttempt(id)) ?? assert.fail('not started');
  const result = { artefact: Buffer.from(`artefact of ${owner}`), metrics: {}, warnings: [], progress: {} };
  await service.store.models.complete(id, attempt, result);
  return id;
}

/** All that is stored of an owner, byte for byte. */
async function storedOf(owner: string): Promise<string> {
  const own = (table: string, of: string) => `SELECT t::text AS line FROM ${table} t JOIN ${of} o`;
  const rows = await service.store.prisma.$queryRawUnsafe<{ line: string }[]>(
    `SELECT t::text AS line FROM datasets t WHERE owner = $1
     UNION ALL SELECT t::text FROM models t WHERE owner = $1
     UNION ALL SELECT t::text FROM model_names t WHERE owner = $1
     UNION ALL SELECT t::text FROM aliases t WHERE owner = $1
     UNION ALL ${own('alias_moves', 'aliases')} ON o.id = alias_id WHERE o.owner = $1
     UNION ALL ${own('alias_shadows', 'aliases')} ON o.id = alias_id WHERE o.owner = $1
     UNION ALL SELECT t::text FROM bulk_jobs t WHERE owner = $1
     UNION ALL SELECT t::text FROM sweeps t WHERE owner = $1
     UNION ALL ${own('sweep_trials', 'sweeps')} ON o.id = sweep_id WHERE o.owner = $1
     UNION ALL ${own('bulk_parts', 'bulk_jobs')} ON o.id = job_id WHERE o.owner = $1
     UNION ALL ${own('dataset_parts', 'datasets')} ON o.id = dataset_id WHERE o.owner = $1
     UNION ALL ${own('model_artefacts', 'models')} ON o.id = model_id WHERE o.owner = $1
     UNION ALL ${own('model_events', 'models')} ON o.id = model_id WHERE o.owner = $1 ORDER BY line`,
    owner,
  );
  return rows.map(({ line }) => line).join('\n');
}

/** An answer without what differs from request to request. */
const saidOf = ({ text }: Response, things: Things, of: keyof Things = 'dataset') =>
  text.replaceAll(things[of], '<id>').replace(/urn:uuid:[0-9a-f-]+/, '');

describe('what is Ann’s', () => {
  for (const operation of operations.filter(({ tells }) => tells === 'thing'))
    test(`is not found by Bob, who asks to ${operation.name}`, async () => {
      const things = await thingsOf('ann');
      const before = await storedOf('ann');
      const bob = await keyFor(service, 'bob', operation.scope);
      const refused = await ask(operation, things, bob);
      const unknown = await ask(operation, nothing, bob);
      assert.deepEqual([refused.status, unknown.status], [404, 404], refused.text);
      assert.equal(saidOf(refused, things, operation.of), saidOf(unknown, nothing, operation.of));
      assert.equal(await storedOf('ann'), before);
      const answered = await ask(operation, things, await keyFor(service, 'ann', operation.scope));
      assert.ok(answered.status < 300, `${answered.status}: ${answered.text}`);
      // What Ann has asked for lately may be in memory: not for Bob.
      assert.equal((await ask(operation, things, bob)).status, 404);
    });

  for (const operation of operations.filter(({ tells }) => tells === 'list'))
    test(`is in no list of Bob’s: ${operation.name}`, async () => {
      const [anns, bobs] = [await thingsOf('ann'), await thingsOf('bob')];
      const [ofAnn, ofBob] = await Promise.all(
        ['ann', 'bob'].map(async (owner) => (await ask(operation, anns, await keyFor(service, owner, 'read'))).text),
      );
      const kinds = { datasets: 'dataset', aliases: 'alias', jobs: 'job', sweeps: 'sweep', models: 'ready' } as const;
      const id = Object.entries(kinds).find(([word]) => operation.path.endsWith(word))?.[1] ?? assert.fail();
      assert.deepEqual(
        [ofAnn, ofBob].map((list) => [list.includes(anns[id]), list.includes(bobs[id])]),
        [
          [true, false],
          [false, true],
        ],
      );
      // A cursor of Ann's says where Bob's next page begins, and shows nothing of hers.
      const page = { ...operation, query: { limit: 200, cursor: id === 'dataset' ? anns.dataset : anns.ready } };
      const { body } = await ask(page, anns, await keyFor(service, 'bob', 'read'));
      for (const { name } of body.items) assert.doesNotMatch(name, /ann/);
    });

  for (const operation of operations.filter(({ tells }) => tells === 'new' || tells === 'common'))
    test(`stays as it is when Bob asks to ${operation.name}`, async () => {
      const things = await thingsOf('ann');
      const before = await storedOf('ann');
      const bob = await ask(operation, things, await keyFor(service, 'bob', operation.scope));
      assert.ok(bob.status < 300, bob.text);
      assert.equal(await storedOf('ann'), before);
      if (operation.tells !== 'common') return;
      assert.equal((await ask(operation, things, await keyFor(service, 'ann', operation.scope))).text, bob.text);
    });

  test('is no batch to compare Bob’s model with', async () => {
    const [anns, bobs] = [await thingsOf('ann'), await thingsOf('bob')];
    const [drift] = operations.filter(({ name }) => name === 'detectDrift');
    const bob = await keyFor(service, 'bob', 'read');
    const ofAnn = await ask({ ...drift, body: () => ({ datasetId: anns.dataset }) }, bobs, bob);
    const ofNobody = await ask({ ...drift, body: () => ({ datasetId: nobodys }) }, bobs, bob);
    assert.deepEqual([ofAnn.status, ofNobody.status], [404, 404]);
    assert.equal(saidOf(ofAnn, anns), saidOf(ofNobody, nothing));
    assert.equal((await ask({ ...drift, body: () => ({ datasetId: bobs.dataset }) }, bobs, bob)).status, 200);
  });
});

/** So many operations are asked for without a good key of one service: of more than 100 failures in a minute it hears none. */
const operationsEach = 30;

describe('a key', () => {
  for (const [index, operation] of operations.entries()) {
    const { name, scope } = operation;
    test(`is needed to ${name}, with the scope ${scope}`, async () => {
      if (index > 0 && index % operationsEach === 0) await begin();
      const things = await thingsOf('ann');
      const missing = await ask(operation, things, undefined);
      const unknown = await ask(operation, things, `Bearer pf_${'x'.repeat(43)}`);
      const revoked = await keyFor(service, 'ann', 'admin');
      await service.store.apiKeys.revoke(operator, (await service.store.apiKeys.list({ limit: 1 })).items[0].id);
      const late = await ask(operation, things, revoked);
      assert.deepEqual([missing.status, unknown.status, late.status], [401, 401, 401]);
      for (const { headers } of [missing, unknown, late]) assert.equal(headers['www-authenticate'], 'Bearer');
      for (const answer of [missing, unknown]) assert.equal(saidOf(answer, things), saidOf(late, things));
      const short = await ask(operation, things, await keyFor(service, 'ann', lesser[scope]));
      assert.equal(short.status, 403, short.text);
      assert.ok((short.body.detail ?? short.body.error).includes(`with the scope ${scope}.`), short.text);
      assert.equal(short.headers['www-authenticate'], `Bearer error="insufficient_scope", scope="${scope}"`);
      const enough = await ask(operation, things, await keyFor(service, 'ann', scope));
      assert.ok(enough.status < 300, `${enough.status}: ${enough.text}`);
    });
  }
});

test('the database is asked the same for another’s id as for an id that does not exist', async () => {
  const things = await thingsOf('ann');
  const { prisma } = service.store;
  const [{ data_directory }] = await prisma.$queryRaw<[{ data_directory: string }]>`SHOW data_directory`;
  const log = () => readFile(join(data_directory, 'server.log'), 'utf8');
  for (const setting of [`log_line_prefix = '%a|'`, `log_statement = 'all'`])
    await prisma.$executeRawUnsafe(`ALTER SYSTEM SET ${setting}`);
  await prisma.$queryRaw`SELECT pg_reload_conf()`;
  // Until every connection has read its settings again.
  for (let logged = 0; logged < 20; await sleep(50)) {
    await Promise.all(Array.from({ length: 10 }, () => prisma.$queryRaw`SELECT 'settled'`));
    logged = (await log()).split(`SELECT 'settled'`).length - 1;
  }
  const statements = async (operation: Operation, of: Things, bob: string) => {
    const from = (await log()).length;
    assert.equal((await ask(operation, of, bob)).status, 404);
    const lines = (await log()).slice(from).split('\n');
    // What is asked about the key, once in two seconds, has nothing to do with the id; neither has the queue's own work.
    return lines.filter(
      (line) => line.startsWith('pushforward|LOG:') && !/api_keys|scopes, hash|rate_counts/.test(line),
    );
  };
  for (const operation of operations.filter(({ tells }) => tells === 'thing')) {
    const bob = await keyFor(service, 'bob', operation.scope);
    const ofAnn = await statements(operation, things, bob);
    assert.ok(ofAnn.length > 0, operation.name);
    assert.deepEqual(ofAnn, await statements(operation, nothing, bob), operation.name);
  }
});
