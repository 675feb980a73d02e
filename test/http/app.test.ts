import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openApiDocument } from '../../src/http/openapi.ts';
import type { Actor } from '../../src/store/audit.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const keys = ['a key of some length', 'another key of some length'];

let service: TestApp;
let guarded: TestApp;
before(async () => {
  service = await startTestApp();
  guarded = await startTestApp({ apiKeys: keys });
});
after(async () => {
  await service[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
});

test('the service is alive and ready', async () => {
  assert.deepEqual((await service.request.get('/healthz').expect(200)).body, { status: 'alive' });
  assert.deepEqual((await service.request.get('/readyz').expect(200)).body, {
    status: 'ready',
    checks: { database: 'ok', queue: 'ok' },
  });
});

test('without its database or queue the service is alive but not ready', async () => {
  const store = { ...service.store, ping: async () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1')) };
  const queue = { ...service.queue, isRunning: () => false };
  await using broken = await startTestApp({ services: { store, queue } });
  await broken.request.get('/healthz').expect(200);
  const { body, headers } = await broken.request.get('/readyz').expect(503);
  assert.equal(body.detail, 'The database cannot be reached. The queue is not running.');
  assert.deepEqual(body.errors, [
    { path: '/database', message: 'The database cannot be reached.' },
    { path: '/queue', message: 'The queue is not running.' },
  ]);
  assert.equal(headers['retry-after'], '5');
});

test('a route that does not exist is a problem', async () => {
  const { body, headers } = await service.request.get('/v1/nothing?x=1').expect(404);
  assert.match(headers['content-type'], /^application\/problem\+json/);
  assert.match(body.instance, /^urn:uuid:[0-9a-f-]{36}$/);
  assert.deepEqual(
    { ...body, instance: '' },
    {
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'There is no route GET /v1/nothing.',
      instance: '',
      code: 'route-not-found',
    },
  );
});

test('a path that is known, but not by the method, is 405 and says which methods it is known by', async () => {
  const { body, headers } = await service.request.put('/v1/datasets/x?y=1').send({}).expect(405);
  assert.equal(headers['allow'], 'DELETE, GET, HEAD');
  assert.equal(body.detail, 'PUT /v1/datasets/x: expected one of the methods DELETE, GET, HEAD.');
  const text = await service.request.delete('/v1/flows/resolve').type('text/plain').send('x').expect(405);
  assert.deepEqual([text.headers['allow'], text.body.code], ['POST', 'method-not-allowed']);
  const inference = await service.request.put('/v2/models/x/infer').expect(405);
  assert.match(inference.body.error, /^PUT .*: expected one of the methods POST\.$/);
});

test('however many keys are unknown, they are named', async () => {
  const keys = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key/${index}`, index]));
  const { body } = await service.request
    .post('/v1/flows/resolve')
    .send({ columns: 2, ...keys })
    .expect(400);
  assert.deepEqual(body.errors[0], { path: '/key~10', message: 'Unknown key "key/0".' });
});

test('numbers in a query are those of JSON', async () => {
  await service.request.get('/v1/datasets?limit=2e1').expect(200);
  for (const limit of ['1e999', '2.5', '0x10', '-1', '1e-1'])
    assert.equal((await service.request.get(`/v1/datasets?limit=${limit}`).expect(400)).body.code, 'invalid-request');
});

test('a path that cannot be decoded is a problem', async () => {
  const { body, headers } = await service.request.get('/v1/%zz').expect(400);
  assert.match(headers['content-type'], /^application\/problem\+json/);
  assert.equal(body.code, 'bad-url');
});

test('what fails inside is not shown', async () => {
  const datasets = Object.assign(Object.create(service.store.datasets), {
    list: async () => Promise.reject(new Error('SELECT secret FROM internals')),
  });
  const store = { ...service.store, for: (actor: Actor) => ({ ...service.store.for(actor), datasets }) };
  await using broken = await startTestApp({ services: { store } });
  const { body, text } = await broken.request.get('/v1/datasets').expect(500);
  assert.equal(body.code, 'internal-error');
  assert.doesNotMatch(text, /secret|SELECT/);
});

test('with keys every route of the API asks for one, and health and documentation do not', async () => {
  for (const path of ['/healthz', '/readyz', '/docs/json']) await guarded.request.get(path).expect(200);
  for (const authorization of ['', `Bearer ${keys[0]}x`, keys[0], `Basic ${keys[0]}`]) {
    const request = guarded.request.get('/v1/datasets').set('authorization', authorization);
    const { body, headers } = await request.expect(401);
    assert.equal(body.code, 'unauthorized');
    assert.equal(headers['www-authenticate'], 'Bearer');
  }
  await guarded.request.post('/v1/models').send({}).expect(401);
  for (const key of keys) await guarded.request.get('/v1/datasets').set('authorization', `Bearer ${key}`).expect(200);
});

test('the committed OpenAPI document is that of the routes', async () => {
  const committed = await readFile(new URL('../../openapi/openapi.json', import.meta.url), 'utf8');
  assert.equal(committed, await openApiDocument(), 'run npm run openapi');
});

test('every operation is described, tagged and has an example of what it takes', async () => {
  const document = JSON.parse(await openApiDocument());
  const operations = Object.entries<Record<string, object>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...Object(operation) })),
  );
  assert.ok(operations.length >= 14);
  for (const { name, summary, tags, operationId, requestBody, responses } of operations) {
    assert.ok(summary && tags?.length === 1 && operationId, name);
    for (const content of Object.values<object>(requestBody?.content ?? {})) {
      const text = JSON.stringify(content);
      assert.ok(
        'example' in content || 'examples' in content || text.includes('"format":"binary"'),
        `${name}: ${text}`,
      );
    }
    assert.ok(Object.keys(responses).length > 0, name);
  }
});

test('the document requires nothing that has a default', async () => {
  const { paths } = JSON.parse(await openApiDocument());
  const { schema } = paths['/v1/models'].post.requestBody.content['application/json'];
  assert.deepEqual(schema.required, ['datasetId']);
  const { parameters } = paths['/v1/models/{id}/sample'].get;
  const required = parameters.filter((parameter: { required: boolean }) => parameter.required);
  assert.deepEqual(
    required.map(({ name }: { name: string }) => name),
    ['id'],
  );
});

test('the documentation page is served with the headers that let it work', async () => {
  const page = await service.request.get('/docs/').expect(200);
  assert.match(page.headers['content-type'], /^text\/html/);
  assert.match(page.headers['content-security-policy'], /script-src 'self'/);
  const { body } = await service.request.get('/docs/json').expect(200);
  assert.equal(body.openapi, '3.1.0');
});
