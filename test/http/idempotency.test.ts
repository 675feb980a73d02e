import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Actor, operator } from '../../src/store/audit.ts';
import type { Models } from '../../src/store/models.ts';
import { startTestApp, type TestApp, uploadCsv, usableCsv } from '../support/app.ts';
import { parquetOf } from '../support/parquet.ts';

let service: TestApp;
before(async () => {
  service = await startTestApp();
});
after(() => service[Symbol.asyncDispose]());

const newKey = () => crypto.randomUUID();
const postCsv = (key: string, csv = usableCsv, path = '/v1/datasets?name=tides') =>
  service.request.post(path).set('idempotency-key', key).type('text/csv').send(csv);
const postModel = (key: string, body: object) =>
  service.request.post('/v1/models').set('idempotency-key', key).send(body);
const countOf = async (kind: 'dataset' | 'model') =>
  kind === 'dataset' ? service.store.prisma.dataset.count() : service.store.prisma.model.count();
const keyRow = (key: string) => service.store.prisma.idempotencyKey.findFirst({ where: { key } });
const expire = (key: string) =>
  service.store.prisma.idempotencyKey.updateMany({ where: { key }, data: { expiresAt: new Date(0) } });

test('a dataset is created once for a key, and its answer given again', async () => {
  const key = newKey();
  const first = await postCsv(key).expect(201);
  assert.equal(first.headers['idempotent-replayed'], undefined);
  const count = await countOf('dataset');
  const again = await postCsv(key).expect(201);
  assert.equal(again.text, first.text);
  assert.equal(again.headers['location'], first.headers['location']);
  assert.equal(again.headers['content-type'], first.headers['content-type']);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  assert.equal(await countOf('dataset'), count);
  assert.deepEqual((await service.request.get(first.headers['location']).expect(200)).body, first.body);
  const other = await postCsv(newKey()).expect(201);
  assert.notEqual(other.body.id, first.body.id);
  assert.deepEqual(await service.uploads(), []);
});

test('a model is created and queued once for a key, and answered as it was then', async () => {
  const key = newKey();
  const body = { datasetId: await uploadCsv(service), flow: 'real-nvp', seed: 3 };
  const first = await postModel(key, body).expect(202);
  assert.equal((await postModel(key, body).expect(202)).text, first.text);
  assert.equal(await service.store.prisma.model.count({ where: { datasetId: body.datasetId } }), 1);
  const jobs = await service.store.prisma.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) FROM pgboss.job WHERE data->>'modelId' = ${first.body.id}`;
  assert.deepEqual(jobs, [{ count: 1n }]);
  await service.request.post(`/v1/models/${first.body.id}/cancel`).expect(202);
  const again = await postModel(key, body).expect(202);
  assert.equal(again.text, first.text);
  assert.deepEqual([again.body.status, again.headers['location']], ['queued', `/v1/models/${first.body.id}`]);
});

test('the answer is given again where it could not be had anew', async () => {
  const key = newKey();
  const first = await postCsv(key).expect(201);
  await service.request.delete(first.headers['location']).expect(204);
  assert.equal((await postCsv(key).expect(201)).text, first.text);
});

test('a key for another request is refused, whatever the difference', async () => {
  const key = newKey();
  const first = await postCsv(key).expect(201);
  const others = [
    postCsv(key, `${usableCsv}30,4\n`),
    postCsv(key, usableCsv.slice(0, -1)),
    postCsv(key, usableCsv, '/v1/datasets?name=waves'),
    postModel(key, { datasetId: first.body.id }),
  ];
  for (const { status, body } of await Promise.all(others))
    assert.deepEqual(
      [status, body.code, body.errors],
      [
        422,
        'idempotency-key-reused',
        [{ path: '/idempotency-key', message: `The first request with the key ${key} asked for something else.` }],
      ],
    );
  const model = { datasetId: first.body.id, seed: 1 };
  const modelKey = newKey();
  await postModel(modelKey, model).expect(202);
  await postModel(modelKey, { ...model, seed: 2 }).expect(422);
});

const formats: Record<string, Buffer> = {
  'text/csv': Buffer.from(usableCsv),
  'application/json': Buffer.from(
    `${JSON.stringify({ columns: ['x'], rows: [[1], [2], [3]] })}${' '.repeat(200_000)}\n`,
  ),
  'application/x-ndjson': Buffer.from('{"x":1}\n{"x":2}\n\n'),
  'application/vnd.apache.parquet': await parquetOf('SELECT * FROM (VALUES (1), (2), (3)) AS t(x)'),
};

for (const [type, bytes] of Object.entries(formats))
  for (const gzip of [false, true])
    test(`the digest is that of all bytes of ${type}${gzip ? ', compressed' : ''}`, async () => {
      const key = newKey();
      const post = () => {
        const posted = service.request.post('/v1/datasets').set('idempotency-key', key).type(type);
        return gzip
          ? posted
              .set('content-encoding', 'gzip')
              .serialize((body) => body)
              .send(gzipSync(bytes))
          : posted.serialize((body) => body).send(bytes);
      };
      const first = await post();
      assert.equal(first.status, 201, first.text);
      const again = await post();
      assert.deepEqual([again.status, again.text], [201, first.text]);
    });

test('forms are the same whatever their boundary, and differ by their fields', async () => {
  const key = newKey();
  const post = (name: string) =>
    service.request
      .post('/v1/datasets')
      .set('idempotency-key', key)
      .attach('file', Buffer.from(usableCsv), 'a.csv')
      .field('name', name);
  const first = await post('tides').expect(201);
  assert.equal((await post('tides').expect(201)).text, first.text);
  await post('waves').expect(422);
});

test('while the first request is being done others with its key are turned away', async () => {
  const key = newKey();
  const { port } = Object(service.app.server.address() ?? service.app.server.listen(0).address());
  const path = '/v1/datasets?name=tides';
  const headers = { 'content-type': 'text/csv', 'idempotency-key': key };
  const first = httpRequest({ port, method: 'POST', path, headers });
  first.write(usableCsv);
  while (!(await keyRow(key))) await sleep(20);
  for (const { status, body, headers } of [await postCsv(key), await postCsv(key, 'x\n1\n2\n')])
    assert.deepEqual(
      [status, body.code, body.detail, headers['retry-after']],
      [409, 'idempotency-key-in-use', `The first request with the Idempotency-Key ${key} is being done.`, '1'],
    );
  const answered = once(first, 'response');
  first.end();
  const [response] = await answered;
  response.resume();
  assert.equal(response.statusCode, 201);
  assert.equal((await postCsv(key).expect(201)).headers['location'], response.headers.location);
});

test('of many requests with one key at once one creates', async () => {
  const key = newKey();
  const count = await countOf('model');
  const body = { datasetId: await uploadCsv(service), flow: 'real-nvp' };
  const answers = await Promise.all(Array.from({ length: 8 }, () => postModel(key, body)));
  const created = answers.filter(({ status }) => status === 202);
  assert.ok(created.length >= 1);
  assert.equal(new Set(created.map(({ text }) => text)).size, 1);
  for (const { status } of answers) assert.ok(status === 202 || status === 409, String(status));
  assert.equal(await countOf('model'), count + 1);
});

test('what fails leaves the key free, and creates nothing', async () => {
  const key = newKey();
  const count = await countOf('dataset');
  await postCsv(key, 'a,b\n1\n').expect(400);
  assert.equal(await keyRow(key), null);
  assert.equal(await countOf('dataset'), count);
  await postCsv(key).expect(201);
  const modelKey = newKey();
  await postModel(modelKey, { datasetId: newKey() }).expect(404);
  await postModel(modelKey, { datasetId: await uploadCsv(service), flow: 'real-nvp' }).expect(202);
});

test('a transaction that is not committed keeps no answer', async () => {
  const datasetId = await uploadCsv(service);
  const count = await countOf('model');
  const models = Object.assign(Object.create(service.store.models), {
    create: (...[plan, enqueue, { keep } = {}]: Parameters<Models['create']>) =>
      service.store.models.create(plan, enqueue, {
        async keep(execute, created) {
          await keep?.(execute, created);
          throw new Error('the connection was lost');
        },
      }),
  });
  const store = { ...service.store, for: (actor: Actor) => ({ ...service.store.for(actor), models }) };
  await using broken = await startTestApp({ services: { store, queue: service.queue } });
  const key = newKey();
  const body = { datasetId, flow: 'real-nvp' };
  await broken.request.post('/v1/models').set('idempotency-key', key).send(body).expect(500);
  assert.deepEqual([await countOf('model'), await keyRow(key)], [count, null]);
  await postModel(key, body).expect(202);
  assert.equal(await countOf('model'), count + 1);
});

test('an answer is kept for a day, and then removed', async () => {
  const key = newKey();
  const first = await postCsv(key).expect(201);
  const { expiresAt } = (await keyRow(key)) ?? assert.fail('no answer was kept');
  assert.ok(Math.abs(expiresAt.getTime() - Date.now() - 24 * 60 * 60 * 1_000) < 60_000);
  await expire(key);
  await postCsv(newKey()).expect(201);
  assert.equal(await keyRow(key), null);
  const anew = await postCsv(key).expect(201);
  assert.notEqual(anew.body.id, first.body.id);
});

test('owners do not see each other’s answers', async () => {
  await using guarded = await startTestApp();
  const keyOf = async (owner: string) => {
    const { secret } = await guarded.store.apiKeys.create(operator, {
      owner,
      name: '',
      scopes: ['write'],
      expiresAt: null,
    });
    return secret;
  };
  const [ann, annToo, bob] = [await keyOf('ann'), await keyOf('ann'), await keyOf('bob')];
  const key = newKey();
  const post = (apiKey: string) =>
    guarded.request
      .post('/v1/datasets')
      .set({ authorization: `Bearer ${apiKey}`, 'idempotency-key': key })
      .type('text/csv')
      .send(usableCsv);
  const first = await post(ann).expect(201);
  const second = await post(bob).expect(201);
  assert.notEqual(second.body.id, first.body.id);
  for (const again of [ann, annToo]) assert.equal((await post(again).expect(201)).text, first.text);
  await post('no key of some length').expect(401);
});

for (const [what, key, message] of [
  ['too long', 'k'.repeat(256), /must not have more than 255 characters; got "kkk/],
  ['not ASCII', 'schlüssel', /must match pattern .*; got "schl.+ssel"/],
  ['a tab', 'a\tb', /must match pattern/],
] as const)
  test(`a key that is ${what} is refused`, async () => {
    for (const posted of [postCsv(key), postModel(key, { datasetId: newKey() })]) {
      const { body } = await posted.expect(400);
      assert.equal(body.code, 'invalid-request');
      assert.equal(body.errors[0].path, '/idempotency-key');
      assert.match(body.detail, /^headers\/idempotency-key: /);
      assert.match(body.errors[0].message, message);
    }
  });
