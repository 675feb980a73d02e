import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { queuedModel, readyModel, startTestApp, type TestApp, uploadCsv } from '../support/app.ts';

let service: TestApp;
let paths: Record<string, string>;
before(async () => {
  service = await startTestApp();
  const model = await readyModel(service);
  paths = {
    datasets: '/v1/datasets',
    'a dataset': `/v1/datasets/${await uploadCsv(service)}`,
    models: '/v1/models?limit=1',
    'a model': `/v1/models/${model}`,
    flows: '/v1/flows',
    'the OpenAPI document': '/docs/json',
  };
});
after(() => service[Symbol.asyncDispose]());

const get = (path: string, ifNoneMatch: string) => service.request.get(path).set('if-none-match', ifNoneMatch);

for (const what of ['datasets', 'a dataset', 'models', 'a model', 'flows', 'the OpenAPI document'])
  test(`${what}: sent once, and then only where something changed`, async () => {
    const path = paths[what];
    const { headers, text } = await service.request.get(path).expect(200);
    assert.match(headers['etag'], /^"[\w-]{43}"$/);
    assert.equal(headers['cache-control'], 'private, no-cache');
    for (const condition of [headers['etag'], `W/${headers['etag']}`, `"other", ${headers['etag']}`, '*']) {
      const same = await get(path, condition).expect(304);
      assert.deepEqual([same.text, same.headers['etag']], ['', headers['etag']]);
      assert.deepEqual([same.headers['content-type'], same.headers['content-length']], [undefined, undefined]);
    }
    for (const condition of ['"other"', 'W/"other"', headers['etag'].slice(1, -1)])
      assert.equal((await get(path, condition).expect(200)).text, text);
    const head = await service.request.head(path).expect(200);
    assert.equal(head.headers['etag'], headers['etag']);
    await service.request.head(path).set('if-none-match', headers['etag']).expect(304);
  });

test('a model that changes has another ETag', async () => {
  const { id } = await queuedModel(service);
  const path = `/v1/models/${id}`;
  const { headers } = await service.request.get(path).expect(200);
  await service.request.post(`${path}/cancel`).expect(202);
  const { body } = await get(path, headers['etag']).expect(200);
  assert.equal(body.status, 'cancelled');
});

test('errors, other methods and streams have no ETag, and are always sent', async () => {
  const absent = await get('/v1/models/01930000-0000-7000-8000-000000000000', '*').expect(404);
  assert.equal(absent.headers['etag'], undefined);
  const posted = await service.request
    .post('/v1/flows/resolve')
    .set('if-none-match', '*')
    .send({ columns: 2, flow: 'nice' });
  assert.deepEqual([posted.status, posted.headers['etag']], [200, undefined]);
  for (const format of ['json', 'csv', 'ndjson', 'parquet']) {
    const rows = await get(`${paths['a dataset']}/rows?format=${format}`, '*').expect(200);
    assert.equal(rows.headers['etag'], undefined, format);
  }
  const sample = await get(`${paths['a model']}/sample?n=2`, '*').expect(200);
  assert.equal(sample.headers['etag'], undefined);
});
