import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import fastify from 'fastify';
import { loadConfig } from '../../src/config.ts';
import { admit, createAdmissions } from '../../src/http/plugins/admission.ts';
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

test('a client that has gone before its turn takes no place', async () => {
  await using app = fastify();
  const passed = Promise.withResolvers<void>();
  // As the look-up of a key may last longer than a client stays.
  app.addHook('onRequest', async ({ url }, reply) => {
    if (url !== '/left') return;
    await once(reply.raw, 'close');
    passed.resolve();
  });
  admit(app, createAdmissions({ ...loadConfig({}).limits, maxUploads: 1 }).uploads);
  app.get('/left', async () => 'nobody hears this');
  app.get('/', async () => 'taken');
  const { port } = new URL(await app.listen());
  const socket = connect(Number(port), 'localhost');
  socket.write('GET /left HTTP/1.1\r\nhost: localhost\r\n\r\n', () => socket.destroy());
  await passed.promise;
  assert.equal((await app.inject('/')).statusCode, 200);
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
