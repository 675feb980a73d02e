import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { queuedModel, readyModel, startTestApp, type TestApp } from '../support/app.ts';

let service: TestApp;
let id: string;
before(async () => {
  service = await startTestApp();
  id = await readyModel(service);
});
after(() => service[Symbol.asyncDispose]());

for (const [query, program] of [
  ['', 'log-prob'],
  ['?program=log-prob', 'log-prob'],
  ['?program=sample', 'sample'],
])
  test(`onnx${query} is a file to keep`, async () => {
    const { body, headers } = await service.request.get(`/v1/models/${id}/onnx${query}`).expect(200);
    assert.equal(headers['content-type'], 'application/octet-stream');
    assert.equal(headers['content-disposition'], `attachment; filename="${id}-${program}.onnx"`);
    assert.equal(String(body), `${program} of normal`);
  });

test('a program that there is not is refused by name', async () => {
  const { body } = await service.request.get(`/v1/models/${id}/onnx?program=train`).expect(400);
  assert.deepEqual(body.errors, [{ path: '/program', message: 'Expected one of log-prob, sample; got "train".' }]);
  const unknown = await service.request.get(`/v1/models/${id}/onnx?programme=sample`).expect(400);
  assert.deepEqual(unknown.body.errors, [{ path: '/programme', message: 'Unknown key "programme".' }]);
});

test('there is no file of a model that is not ready, or not there', async () => {
  const queued = await queuedModel(service);
  const { body } = await service.request.get(`/v1/models/${queued.id}/onnx`).expect(409);
  assert.equal(body.code, 'model-not-ready');
  const missing = await service.request.get('/v1/models/01930000-0000-7000-8000-000000000000/onnx').expect(404);
  assert.equal(missing.body.code, 'model-not-found');
  await service.request.get('/v1/models/1/onnx').expect(404);
});
