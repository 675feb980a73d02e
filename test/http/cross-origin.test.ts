import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';

let service: TestApp;
before(async () => {
  service = await startTestApp();
});
after(() => service[Symbol.asyncDispose]());

const form = () =>
  service.request.post('/v1/datasets').field('name', 'n').attach('file', Buffer.from('x,y\n1,2\n'), 'a.csv');

for (const [what, headers] of [
  ['another site', { origin: 'https://example.org', 'sec-fetch-site': 'cross-site' }],
  ['another site, in an old browser', { origin: 'https://example.org' }],
  ['no origin that can be named', { origin: 'null' }],
  ['another port of this machine', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }],
  ['another site that hides where', { 'sec-fetch-site': 'cross-site' }],
] as const)
  test(`a page of ${what} cannot create, change or remove anything`, async () => {
    const { body } = await form().set(headers).expect(403);
    assert.equal(body.code, 'cross-origin');
    await service.request.post('/v1/models').set(headers).send({}).expect(403);
    await service.request.delete('/v1/models/01930000-0000-7000-8000-000000000000').set(headers).expect(403);
    assert.deepEqual((await service.request.get('/v1/datasets')).body.items, []);
  });

test('the pages of the service, and clients that are no browsers, can', async () => {
  const host = 'localhost:8080';
  await form()
    .set({ host, origin: `https://${host}`, 'sec-fetch-site': 'same-origin' })
    .expect(201);
  await form().expect(201);
  // A link, or an address that is typed in.
  await service.request.get('/docs/').set({ 'sec-fetch-site': 'cross-site' }).expect(200);
});

test('no page of another origin may read an answer, keep one, or show the service in a frame', async () => {
  const request = service.request.get('/v1/datasets').set({ origin: 'https://example.org' });
  const { headers } = await request.expect(200);
  assert.equal(headers['access-control-allow-origin'], undefined);
  assert.equal(headers['x-frame-options'], 'SAMEORIGIN');
  assert.match(headers['content-security-policy'], /frame-ancestors 'self'/);
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cache-control'], 'private, no-cache');
  const preflight = await service.request.options('/v1/datasets').set({ origin: 'https://example.org' });
  assert.equal(preflight.headers['access-control-allow-origin'], undefined);
  const created = await form();
  assert.equal(created.headers['cache-control'], 'no-store');
  const rows = await service.request.get(`/v1/datasets/${created.body.id}/rows?format=csv`);
  assert.equal(rows.headers['cache-control'], 'no-store');
});
