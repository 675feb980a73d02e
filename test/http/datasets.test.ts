import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { queuedModel, startTestApp, type TestApp, uploadCsv } from '../support/app.ts';

let service: TestApp;
before(async () => {
  service = await startTestApp({ limits: { maxUploadBytes: 1_000_000, maxRows: 2_000, maxColumns: 5 } });
});
after(() => service[Symbol.asyncDispose]());

const absentId = '01930000-0000-7000-8000-000000000000';

test('a CSV table is stored and described', async () => {
  const { body, headers } = await service.request
    .post('/v1/datasets?name=heights')
    .type('text/csv')
    .send('a,"b ""c"""\n1,0.5\n2,\n')
    .expect(201);
  assert.equal(headers['location'], `/v1/datasets/${body.id}`);
  const { id: _id, createdAt, columns, ...rest } = body;
  assert.deepEqual(rest, {
    name: 'heights',
    rowCount: 2,
    byteCount: 21,
    warnings: ['Column "b \\"c\\"" is missing in 1 of 2 rows.', 'Column "b \\"c\\"" is constant: every value is 0.5.'],
  });
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
  assert.deepEqual(
    columns.map(({ name, kind, missingCount }: Record<string, unknown>) => [name, kind, missingCount]),
    [
      ['a', 'integer', 0],
      ['b "c"', 'continuous', 1],
    ],
  );
  assert.equal(columns[0].summary.mean, 1.5);
  assert.deepEqual(columns[1].summary.standardDeviation, null);
  const stored = await service.request.get(headers['location']).expect(200);
  assert.deepEqual(stored.body, body);
  assert.deepEqual(await service.uploads(), []);
});

test('JSON rows and records are stored, and named by the body or the query', async () => {
  const rows = { name: 'mine', columns: ['x'], rows: [[1], [2.5]] };
  const byBody = await service.request.post('/v1/datasets').send(rows).expect(201);
  assert.equal(byBody.body.name, 'mine');
  const records = { records: [{ x: 1 }, { x: 2.5 }] };
  const byQuery = await service.request.post('/v1/datasets?name=yours').send(records).expect(201);
  assert.equal(byQuery.body.name, 'yours');
  assert.deepEqual(byQuery.body.columns, byBody.body.columns);
});

const refusals = [
  {
    what: 'a ragged CSV',
    type: 'text/csv',
    send: 'a,b\n1\n',
    status: 400,
    code: 'ragged-row',
    detail: 'Line 2: expected 2 values, as many as the header has names, got 1.',
  },
  {
    what: 'a text for a number',
    type: 'text/csv',
    send: 'a,b\n1,2\n3,four\n',
    status: 422,
    code: 'not-a-number',
    detail: 'Line 3, column "b": expected a number, got "four". Only numeric columns can be used.',
  },
  {
    what: 'JSON with a text for a number',
    type: 'application/json',
    send: '{"columns":["a"],"rows":[[1],["x"]]}',
    status: 422,
    code: 'not-a-number',
    detail: '/rows/1/0: Expected a finite number or null, got "x".',
    errors: [{ path: '/rows/1/0', message: 'Expected a finite number or null, got "x".' }],
  },
  {
    what: 'too many bytes',
    type: 'text/csv',
    send: `a\n${'1\n'.repeat(600_000)}`,
    status: 413,
    code: 'too-many-bytes',
    detail: 'The table is larger than MAX_UPLOAD_BYTES=1000000 allows.',
  },
  {
    what: 'too many rows',
    type: 'text/csv',
    send: `a\n${'1\n'.repeat(2_001)}`,
    status: 413,
    code: 'too-many-rows',
    detail: '2001 rows are more than MAX_ROWS=2000 allows.',
  },
  {
    what: 'too many columns',
    type: 'text/csv',
    send: 'a,b,c,d,e,f\n1,2,3,4,5,6\n',
    status: 413,
    code: 'too-many-columns',
    detail: '6 columns are more than MAX_COLUMNS=5 allows.',
  },
  {
    what: 'another media type',
    type: 'image/png',
    send: 'x',
    status: 415,
    code: 'unsupported-media-type',
    detail: 'Content-Type image/png: expected application/json or text/csv.',
  },
  {
    what: 'a name with a line break in the body',
    type: 'application/json',
    send: '{"name":"a\\nb","columns":["a"],"rows":[[1]]}',
    status: 400,
    code: 'invalid-name',
    detail: '/name: Expected 1 to 200 characters, none of them a control character.',
    errors: [{ path: '/name', message: 'Expected 1 to 200 characters, none of them a control character.' }],
  },
] as const;

for (const { what, type, send, ...problem } of refusals)
  test(`${what} is refused, and nothing of it is kept`, async () => {
    const before = await service.store.prisma.dataset.count();
    const response = await service.request.post('/v1/datasets').type(type).send(send).expect(problem.status);
    assert.match(response.headers['content-type'], /^application\/problem\+json/);
    const { type: _type, title: _title, instance, ...rest } = response.body;
    assert.deepEqual(rest, problem);
    assert.match(instance, /^urn:uuid:/);
    assert.equal(await service.store.prisma.dataset.count(), before);
    assert.deepEqual(await service.uploads(), []);
  });

test('a compressed body is refused', async () => {
  const { body } = await service.request
    .post('/v1/datasets')
    .set('content-encoding', 'gzip')
    .type('text/csv')
    .send('a\n1\n')
    .expect(415);
  assert.equal(body.detail, 'Content-Encoding gzip: expected none.');
});

test('a body is needed', async () => {
  const { body } = await service.request.post('/v1/datasets').expect(400);
  assert.equal(body.detail, 'Expected a body of text/csv or application/json, got none.');
});

test('an upload that breaks off leaves nothing', async () => {
  const before = await service.store.prisma.dataset.count();
  const address = service.app.server.address() ?? service.app.server.listen(0).address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a port');
  const socket = connect(address.port, 'localhost');
  socket.write(
    'POST /v1/datasets HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\na,b\n1,2\n',
  );
  while ((await service.uploads()).length === 0) await sleep(10);
  socket.destroy();
  while ((await service.uploads()).length > 0) await sleep(10);
  assert.equal(await service.store.prisma.dataset.count(), before);
});

test('datasets are listed in pages, newest first', async () => {
  const ids = [];
  for (const name of ['first', 'second', 'third']) ids.unshift(await uploadCsv(service, undefined, name));
  const first = await service.request.get('/v1/datasets?limit=2').expect(200);
  assert.deepEqual(
    first.body.items.map(({ id }: { id: string }) => id),
    ids.slice(0, 2),
  );
  const second = await service.request
    .get('/v1/datasets')
    .query({ limit: 1, cursor: first.body.nextCursor })
    .expect(200);
  assert.deepEqual(
    second.body.items.map(({ id }: { id: string }) => id),
    ids.slice(2),
  );
});

test('the rows come back as JSON and CSV, as they were sent', async () => {
  const id = await uploadCsv(service, 'a,"b, c"\n1,0.1\n,1e-7\n3,123456789.123\n');
  const json = await service.request.get(`/v1/datasets/${id}/rows`).expect(200);
  assert.deepEqual(json.body, {
    columns: ['a', 'b, c'],
    rows: [
      [1, 0.1],
      [null, 1e-7],
      [3, 123456789.123],
    ],
  });
  const csv = await service.request.get(`/v1/datasets/${id}/rows?format=csv&offset=1&limit=1`).expect(200);
  assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8');
  assert.equal(csv.text, 'a,"b, c"\n,1e-7\n');
  const none = await service.request.get(`/v1/datasets/${id}/rows?offset=3`).expect(200);
  assert.deepEqual(none.body.rows, []);
  const alone = await uploadCsv(service, 'a\n1\n""\n2\n');
  assert.equal((await service.request.get(`/v1/datasets/${alone}/rows?format=csv`)).text, 'a\n1\n""\n2\n');
});

const badQueries = {
  'limit=0': ['/limit', 'The value must be >= 1; got 0.'],
  'limit=1.5': ['/limit', 'The value must be integer; got 1.5.'],
  'limit=ten': ['/limit', 'The value must be integer; got "ten".'],
  'offset=-1': ['/offset', 'The value must be >= 0; got -1.'],
  'format=xml': ['/format', 'Expected one of json, csv; got "xml".'],
  'limt=5': ['/limt', 'Unknown key "limt".'],
};

for (const [query, [path, message]] of Object.entries(badQueries))
  test(`rows?${query} is refused`, async () => {
    const { body } = await service.request.get(`/v1/datasets/${absentId}/rows?${query}`).expect(400);
    assert.equal(body.code, 'invalid-request');
    assert.equal(body.detail, `querystring${path}: ${message}`);
    assert.deepEqual(body.errors, [{ path, message }]);
  });

for (const [method, path] of [
  ['get', ''],
  ['get', '/rows'],
  ['delete', ''],
] as const) {
  test(`${method} ${path} of an unknown dataset`, async () => {
    const { body } = await service.request[method](`/v1/datasets/${absentId}${path}`).expect(404);
    assert.equal(body.code, 'dataset-not-found');
    assert.equal(body.detail, `No dataset has the id "${absentId}".`);
  });
  test(`${method} ${path} of what is no id`, async () => {
    const { body } = await service.request[method](`/v1/datasets/7${path}`).expect(400);
    assert.deepEqual(body.errors, [{ path: '/id', message: 'The value must match format "uuid"; got "7".' }]);
  });
}

test('a dataset is removed, unless a model waits for it', async () => {
  const id = await uploadCsv(service);
  await service.request.delete(`/v1/datasets/${id}`).expect(204);
  await service.request.get(`/v1/datasets/${id}`).expect(404);
  const { datasetId, id: modelId } = await queuedModel(service);
  const { body } = await service.request.delete(`/v1/datasets/${datasetId}`).expect(409);
  assert.equal(body.code, 'dataset-in-use');
  assert.equal(body.detail, `The model ${modelId} on the dataset ${datasetId} is queued.`);
});
