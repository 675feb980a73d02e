import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { holdScores, readyModel, startTestApp, trainingModel } from '../support/app.ts';

test('an upload that stalls is broken off, and leaves neither its place nor a file', async () => {
  await using service = await startTestApp({ limits: { maxIdleSeconds: 1, maxUploads: 1 } });
  const origin = await service.app.listen({ port: 0 });
  const headers = { 'content-type': 'text/csv', 'content-length': '1000' };
  const request = httpRequest(`${origin}/v1/datasets`, { method: 'POST', headers });
  request.write('x,y\n0,0\n');
  const [error] = await once(request, 'error');
  assert.equal(error.code, 'ECONNRESET');
  await service.request.post('/v1/datasets').type('text/csv').send('x,y\n1,2\n').expect(201);
  assert.deepEqual(await service.uploads(), []);
});

test('an answer that is not read is broken off, and no more of it is made', async () => {
  let drawn = 0;
  await using service = await startTestApp({
    limits: { maxIdleSeconds: 1, maxInferenceRequests: 1 },
    serve: (serving) => ({
      ...serving,
      async sample(_id, { n }) {
        drawn += n;
        return new Float64Array(2 * n);
      },
    }),
  });
  const origin = await service.app.listen({ port: 0 });
  const id = await readyModel(service);
  const closed = once(service.app.server, 'connection').then(([socket]) => once(socket, 'close'));
  const request = httpRequest(`${origin}/v1/models/${id}/sample?n=10000000&format=csv`);
  request.end();
  const [response]: IncomingMessage[] = await once(request, 'response');
  response.pause();
  await closed;
  assert.ok(drawn < 5_000_000, `${drawn}`);
  const after = drawn;
  await service.request.get(`/v1/models/${id}/sample?n=1`).expect(200);
  assert.equal(drawn, after + 1);
  response.on('error', () => {});
  response.destroy();
});

test('a client that waits for the service is not broken off', async () => {
  const { begun, released, held } = holdScores();
  await using service = await startTestApp({ limits: { maxIdleSeconds: 1 }, serve: held });
  await service.app.listen({ port: 0 });
  const timeouts: unknown[] = [];
  service.app.server.on('timeout', (socket) => timeouts.push(socket));
  const id = await readyModel(service);
  const answer = service.request.post(`/v1/models/${id}/log-prob`).send({ rows: [[0, 0]] });
  const status = answer.then((response) => response.status);
  await begun.promise;
  // Twice as long as a client could keep the service waiting.
  while (timeouts.length < 2) await setTimeout(50);
  released.resolve();
  assert.equal(await status, 200);
});

test('no request goes on for longer than the limit allows', async () => {
  await using service = await startTestApp({ limits: { maxStreamSeconds: 1, maxEventStreams: 1 } });
  const origin = await service.app.listen({ port: 0 });
  const { id } = await trainingModel(service);
  const follow = () => fetch(`${origin}/v1/models/${id}/events`);
  const first = await follow();
  await assert.rejects(first.text());
  const second = await follow();
  assert.equal(second.status, 200, 'its place is free');
  await assert.rejects(second.text());
});
