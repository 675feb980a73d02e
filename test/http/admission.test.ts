import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InferenceTimeoutError } from '../../src/serving/errors.ts';
import { holdScores, readyModel, startTestApp, type TestApp } from '../support/app.ts';

const row = { rows: [[0, 0]] };
const post = ({ request }: TestApp, id: string) => request.post(`/v1/models/${id}/log-prob`).send(row);

test('more requests at once than the limit allows are told to come again', async () => {
  const { begun, released, held } = holdScores();
  await using service = await startTestApp({
    limits: { maxInferenceRequests: 1 },
    serve: held,
  });
  const id = await readyModel(service);
  const first = post(service, id).then(({ status }) => status);
  await begun.promise;
  const { body, headers } = await post(service, id).expect(503);
  assert.equal(body.code, 'overloaded');
  assert.match(body.detail, /MAX_INFERENCE_REQUESTS=1 allows/);
  assert.equal(headers['retry-after'], '1');
  const sample = await service.request.get(`/v1/models/${id}/sample?n=1`).expect(503);
  assert.equal(sample.body.code, 'overloaded');
  await service.request.get(`/v1/models/${id}`).expect(200);
  released.resolve();
  assert.equal(await first, 200);
  await post(service, id).expect(200);
});

test('rows that have waited too long for a thread are a timeout', async () => {
  await using service = await startTestApp({
    serve: (serving) => ({
      ...serving,
      async logProb() {
        throw new InferenceTimeoutError(60);
      },
    }),
  });
  const { body, headers } = await post(service, await readyModel(service)).expect(503);
  assert.equal(body.code, 'inference-timeout');
  assert.match(body.detail, /INFERENCE_TIMEOUT_SECONDS=60 allows/);
  assert.equal(headers['retry-after'], '5');
});
