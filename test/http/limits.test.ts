import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { readyModel, startTestApp, type TestApp, trainingModel, uploadCsv } from '../support/app.ts';

let service: TestApp;
let origin: string;
before(async () => {
  service = await startTestApp({
    limits: {
      maxUploads: 1,
      maxEventStreams: 1,
      maxBodyBytes: 100_000,
      maxInferenceBytes: 10_000,
      maxTrainingSeconds: 100,
      maxParameters: 5_000,
      maxCells: 100,
    },
  });
  origin = await service.app.listen({ port: 0 });
});
after(() => service[Symbol.asyncDispose]());

/** An upload of which the first bytes are sent. */
async function begunUpload(path: string): Promise<ClientRequest> {
  const request = httpRequest(origin + path, { method: 'POST', headers: { 'content-type': 'text/csv' } });
  const arrived = once(service.app.server, 'request');
  request.write('x,y\n0,0\n');
  await arrived;
  return request;
}

async function status(request: ClientRequest): Promise<number | undefined> {
  const [response]: IncomingMessage[] = await once(request, 'response');
  await text(response);
  return response.statusCode;
}

const isOverloaded = (
  { body, headers }: { body: { code: string; detail: string }; headers: object },
  limit: RegExp,
) => {
  assert.equal(body.code, 'overloaded');
  assert.match(body.detail, limit);
  assert.equal(Object(headers)['retry-after'], '1');
};

test('more uploads at once than the limit allows are told to come again, as are tables to be scored', async () => {
  const id = await readyModel(service);
  for (const path of ['/v1/datasets?name=slow', `/v1/models/${id}/log-prob`]) {
    const slow = await begunUpload(path);
    const upload = () => service.request.post('/v1/datasets').type('text/csv').send('x,y\n1,2\n');
    isOverloaded(await upload().expect(503), /MAX_UPLOADS=1 allows/);
    const score = service.request.post(`/v1/models/${id}/log-prob`).type('text/csv').send('x,y\n1,2\n');
    isOverloaded(await score.expect(503), /MAX_UPLOADS=1 allows/);
    // Rows that are scored as they arrive wait nowhere.
    await service.request
      .post(`/v1/models/${id}/log-prob`)
      .send({ rows: [[0, 0]] })
      .expect(200);
    slow.end('1,1\n');
    assert.ok(Number(await status(slow)) < 300);
    await upload().expect(201);
  }
});

test('more clients at once than the limit allows cannot follow models', async () => {
  const { id } = await trainingModel(service);
  const gone = new AbortController();
  const first = await fetch(`${origin}/v1/models/${id}/events`, { signal: gone.signal });
  assert.equal(first.status, 200);
  isOverloaded(await service.request.get(`/v1/models/${id}/events`).expect(503), /MAX_EVENT_STREAMS=1 allows/);
  gone.abort();
  const done = await readyModel(service);
  for (;;) {
    const { status, headers } = await service.request.get(`/v1/models/${done}/events`);
    if (status === 200) break;
    // The service has not seen yet that the client is gone.
    assert.equal(headers['retry-after'], '1');
    await setTimeout(10);
  }
});

test('a body that is too large names the limit', async () => {
  const { body } = await service.request
    .post('/v1/models')
    .send({ name: 'n'.repeat(100_000) })
    .expect(413);
  assert.equal(body.code, 'body-too-large');
  assert.equal(body.detail, 'The body is larger than MAX_BODY_BYTES=100000 allows.');
  const large = { inputs: [{ name: 'n'.repeat(10_000), shape: [1], datatype: 'FP64', data: [1] }] };
  const infer = await service.request
    .post(`/v2/models/${await readyModel(service)}/infer`)
    .send(large)
    .expect(413);
  assert.equal(infer.body.error, 'The body is larger than MAX_INFERENCE_BYTES=10000 allows.');
});

test('no table has more cells than the limit allows', async () => {
  const csv = `x,y\n${'1,2\n'.repeat(51)}`;
  const { body } = await service.request.post('/v1/datasets').type('text/csv').send(csv).expect(413);
  assert.equal(body.code, 'too-many-cells');
  assert.equal(body.detail, '51 rows of 2 columns are more cells than MAX_CELLS=100 allows.');
  assert.deepEqual(await service.uploads(), []);
});

test('no model is trained for longer than the limit allows', async () => {
  const datasetId = await uploadCsv(service);
  const ask = (training: object) => service.request.post('/v1/models').send({ datasetId, flow: 'maf', training });
  const { body } = await ask({ budgetSeconds: 101 }).expect(422);
  assert.equal(body.code, 'too-much-training');
  assert.deepEqual(body.errors, [
    { path: '/training/budgetSeconds', message: 'Expected at most MAX_TRAINING_SECONDS=100, got 101.' },
  ]);
  assert.equal((await ask({ budgetSeconds: 99 })).body.training?.budgetSeconds, 99);
  assert.equal((await ask({})).body.training?.budgetSeconds, 100);
});

test('no flow has more parameters than the limit allows', async () => {
  const flow = { layers: [{ type: 'scale' }, { type: 'coupling', hidden: [100, 100] }] };
  const { body } = await service.request.post('/v1/flows/resolve').send({ flow, columns: 2 }).expect(200);
  assert.equal(body.problems[0].path, '/flow/layers/1');
  assert.match(body.problems[0].message, /at most MAX_PARAMETERS=5000 parameters; this one has \d+/);
  const datasetId = await uploadCsv(service);
  const refused = await service.request.post('/v1/models').send({ datasetId, flow }).expect(422);
  assert.match(refused.body.detail, /^\/flow\/layers\/1: .*MAX_PARAMETERS=5000/);
});

test('JSON that is nested too deep is refused, wherever it comes', async () => {
  const id = await readyModel(service);
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  for (const [path, type, body] of [
    ['/v1/models', 'application/json', `{"flow":${deep}}`],
    ['/v1/flows/resolve', 'application/json', `{"columns":2,"flow":${deep}}`],
    [`/v1/models/${id}/sample`, 'application/json', `{"context":${deep}}`],
    [`/v1/models/${id}/log-prob`, 'application/json', `{"rows":[[${deep}]]}`],
    [`/v1/models/${id}/log-prob`, 'application/x-ndjson', `[0,${deep}]\n`],
    ['/v1/datasets', 'application/json', `{"name":"x","columns":["x"],"rows":[[${deep}]]}`],
    ['/v1/datasets', 'application/x-ndjson', `[${deep}]\n`],
  ]) {
    const { body: problem } = await service.request.post(path).type(type).send(body).expect(400);
    assert.match(problem.detail, /nested deeper than 64/, path);
  }
});

test('a body of very many unknown keys is refused by the name of one', async () => {
  const keys = Object.fromEntries(Array.from({ length: 5_000 }, (_, key) => [`k${key}`, 1]));
  const { body } = await service.request
    .post('/v1/flows/resolve')
    .send({ columns: 2, ...keys })
    .expect(400);
  assert.deepEqual(body.errors[0], { path: '/k0', message: 'Unknown key "k0".' });
});

test('texts that patterns could be lost in are read', async () => {
  // Each was read over and over from each of its characters: for a minute, on the event loop.
  const [blanks, digits] = [`a${' '.repeat(200_000)}b`, `${'1'.repeat(200_000)}x`];
  const csv = `text,other\n${blanks},1\n${digits},2\n`;
  const { body } = await service.request.post('/v1/datasets').type('text/csv').send(csv).expect(201);
  assert.equal(body.columns[0].kind, 'categorical');
});

test('while the event loop is behind, requests are told to come again', async () => {
  await using behind = await startTestApp({ limits: { maxEventLoopDelay: 1 } });
  let answer = await behind.request.get('/v1/flows');
  while (answer.status === 200) {
    // Nothing else is heard meanwhile.
    for (const end = performance.now() + 50; performance.now() < end; );
    answer = await behind.request.get('/v1/flows');
  }
  assert.equal(answer.status, 503);
  assert.match(answer.headers['content-type'], /^application\/problem\+json/);
  assert.equal(answer.headers['retry-after'], '5');
  assert.match(answer.body.detail, /MAX_EVENT_LOOP_DELAY/);
  await behind.request.get('/healthz').expect(200);
});

for (const [what, head, expected] of [
  [
    'a head that is too large',
    `GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    /^HTTP\/1.1 431 [\s\S]*"headers-too-large"/,
  ],
  ['bytes that are no request', 'HELO example.org\r\n\r\n', /^HTTP\/1.1 400 [\s\S]*"malformed-request"/],
] as const)
  test(`${what} is answered as a problem, and the connection ends`, async () => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    socket.write(head);
    const answer = await text(socket);
    assert.match(answer, expected);
    assert.match(answer, /content-type: application\/problem\+json/);
  });
