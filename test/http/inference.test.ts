import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { conditionalModel, queuedModel, readyModel, startTestApp, type TestApp } from '../support/app.ts';
import { parquetOf, readParquet } from '../support/parquet.ts';

let service: TestApp;
let id: string;
before(async () => {
  service = await startTestApp({ limits: { maxSampleRows: 50, maxScoreRows: 20 } });
  id = await readyModel(service);
});
after(() => service[Symbol.asyncDispose]());

const peak = -Math.log(2 * Math.PI);

test('samples are rows of the model’s columns, as JSON and CSV the same', async () => {
  const { body } = await service.request.get(`/v1/models/${id}/sample?n=3&seed=7`).expect(200);
  assert.deepEqual(body.columns, ['x', 'y']);
  assert.deepEqual(
    body.rows,
    [0, 1, 2].map((row) => [Math.sin(7 + (2 * row) / 3), Math.sin(7 + (2 * row + 1) / 3)]),
  );
  const csv = await service.request.get(`/v1/models/${id}/sample?n=3&seed=7&format=csv`).expect(200);
  assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8');
  const [header, ...lines] = csv.text.trimEnd().split('\n');
  assert.equal(header, 'x,y');
  assert.deepEqual(
    lines.map((line) => line.split(',').map(Number)),
    body.rows,
  );
});

test('samples have a temperature, by GET and by POST', async () => {
  const path = `/v1/models/${id}/sample`;
  const { body } = await service.request.get(`${path}?n=3&seed=7`).expect(200);
  const halves = body.rows.map((row: number[]) => row.map((x) => x / 2));
  const asked = await service.request.get(`${path}?n=3&seed=7&temperature=0.5`).expect(200);
  assert.deepEqual(asked.body.rows, halves);
  const posted = await service.request.post(path).send({ n: 3, seed: 7, temperature: 0.5 }).expect(200);
  assert.deepEqual(posted.body.rows, halves);
  for (const temperature of ['-1', '11', 'hot']) {
    const refused = await service.request.get(`${path}?n=3&temperature=${temperature}`).expect(400);
    assert.equal(refused.body.errors[0].path, '/temperature');
  }
});

test('a hundred rows would be drawn by default, more than this service allows', async () => {
  const { body } = await service.request.get(`/v1/models/${id}/sample`).expect(422);
  assert.equal(body.code, 'too-many-rows');
  assert.equal(body.detail, 'n=100 is more than MAX_SAMPLE_ROWS=50 allows.');
});

for (const [query, path] of [
  ['n=0', '/n'],
  ['n=1.5', '/n'],
  ['seed=-1', '/seed'],
  ['seed=4294967296', '/seed'],
  ['sede=1', '/sede'],
  ['format=xls', '/format'],
])
  test(`sample?${query} is refused`, async () => {
    const { body } = await service.request.get(`/v1/models/${id}/sample?${query}`).expect(400);
    assert.equal(body.errors[0].path, path);
  });

const score = (query = '') => service.request.post(`/v1/models/${id}/log-prob${query}`);

test('log-densities of rows in all formats agree', async () => {
  const expected = { logProb: [peak, peak - 1, null] };
  const rows = await score()
    .send({
      rows: [
        [0, 0],
        [1, -1],
        [7, 0],
      ],
    })
    .expect(200);
  assert.deepEqual(rows.body, expected);
  const records = await score()
    .send({
      records: [
        { x: 0, y: 0 },
        { y: -1, x: 1 },
        { x: 7, y: 0 },
      ],
    })
    .expect(200);
  assert.deepEqual(records.body, expected);
  const csv = await score().type('text/csv').send('y,x\n0,0\n-1,1\n0,7\n').expect(200);
  assert.deepEqual(csv.body, expected);
  for (const lines of ['[0,0]\n[1,-1]\n[7,0]\n', '{"x":0,"y":0}\n{"y":-1,"x":1}\n{"x":7,"y":0}\n'])
    assert.deepEqual((await score().type('application/x-ndjson').send(lines).expect(200)).body, expected);
  const parquet = await parquetOf('SELECT y, x FROM (VALUES (0, 0), (-1, 1), (0, 7)) rows(y, x)');
  const compressed = score().type('application/vnd.apache.parquet').set('content-encoding', 'gzip');
  assert.deepEqual((await compressed.send(gzipSync(parquet)).expect(200)).body, expected);
  const asCsv = await score('?format=csv')
    .send({
      rows: [
        [0, 0],
        [7, 0],
      ],
    })
    .expect(200);
  assert.equal(asCsv.text, `logProb\n${peak}\n""\n`);
  assert.deepEqual(await service.uploads(), []);
});

const many = Array.from({ length: 21 }, () => [0, 0]);

const refusals = [
  { send: { rows: [[0, 0], [1]] }, status: 400, path: '/rows/1', message: 'Expected 2 values, got 1.' },
  { send: { rows: [[0, 'a']] }, status: 422, path: '/rows/0/1', message: 'Expected a finite number, got "a".' },
  { send: { rows: [[0, null]] }, status: 422, path: '/rows/0/1', message: 'Expected a finite number, got null.' },
  { send: { records: [{ x: 0 }] }, status: 422, path: '/records/0', message: 'The column "y" is missing.' },
  {
    send: { records: [{ x: 0, y: 0, z: 0 }] },
    status: 400,
    path: '/records/0',
    message: 'Unknown column "z": expected x, y.',
  },
  {
    send: { records: [{ x: 0, y: null }] },
    status: 422,
    path: '/records/0/y',
    message: 'Expected a finite number, got null.',
  },
  { send: { row: [[0, 0]] }, status: 400, path: '/row', message: 'Unknown key "row": expected rows, records.' },
];

for (const { send, status, path, message } of refusals)
  test(`scoring ${JSON.stringify(send)} is refused`, async () => {
    const { body } = await score().query({ strict: true }).send(send).expect(status);
    assert.deepEqual(body.errors, [{ path, message }]);
    assert.equal(body.detail, `${path}: ${message}`);
  });

const otherRefusals = [
  { type: 'application/json', send: '{"rows":[]}', status: 422, detail: 'There are no rows to score.' },
  { type: 'application/json', send: '{}', status: 422, detail: 'There are no rows to score.' },
  {
    type: 'application/json',
    send: JSON.stringify({ rows: many }),
    status: 413,
    detail: 'The rows to score are more than MAX_SCORE_ROWS=20 allows.',
  },
  {
    type: 'text/csv',
    send: `x,y\n${many.map((row) => `${row}\n`).join('')}`,
    status: 413,
    detail: 'The rows to score are more than MAX_SCORE_ROWS=20 allows.',
  },
  { type: 'text/csv', send: 'x\n1\n', status: 422, detail: 'The column "y" is missing.' },
  { type: 'text/csv', send: 'x,y,z\n1,2,3\n', status: 422, detail: 'Unknown column "z": the model’s are x, y.' },
  {
    type: 'text/csv',
    send: 'x,y\n1,2\n3,\n',
    status: 422,
    detail: 'Data row 2, column "y": expected a finite number, got an empty cell.',
  },
  {
    type: 'text/plain',
    send: 'x',
    status: 415,
    detail:
      'Content-Type text/plain: expected application/json or text/csv or application/x-ndjson or application/vnd.apache.parquet.',
  },
];

for (const { type, send, status, detail } of otherRefusals)
  test(`scoring ${send.slice(0, 30)} as ${type} is refused`, async () => {
    const { body } = await score().query({ strict: true }).type(type).send(send).expect(status);
    assert.equal(body.detail, detail);
  });

test('a model that is not ready cannot be asked', async () => {
  const queued = await queuedModel(service);
  const sample = await service.request.get(`/v1/models/${queued.id}/sample?n=1`).expect(409);
  assert.equal(sample.body.code, 'model-not-ready');
  const scored = await service.request
    .post(`/v1/models/${queued.id}/log-prob`)
    .send({ rows: [[0, 0]] })
    .expect(409);
  assert.equal(scored.body.detail, `The model ${queued.id} is queued, not ready.`);
});

test('a model with context is sampled given a value for each of its columns', async () => {
  const conditional = await conditionalModel(service);
  const path = `/v1/models/${conditional}/sample`;
  const { body } = await service.request
    .post(path)
    .send({ n: 2, seed: 1, context: { y: 0.25 } })
    .expect(200);
  assert.deepEqual(body, { columns: ['x'], rows: [[0.25], [0.25]] });

  const plain = await service.request.get(`${path}?n=2`).expect(422);
  assert.deepEqual(
    [plain.body.code, plain.body.detail],
    ['context-missing', 'The model is conditioned on y: POST their values.'],
  );
  const none = await service.request.post(path).send({ n: 2 }).expect(422);
  assert.deepEqual(none.body.errors, [
    { path: '/context/y', message: 'A value is missing; the model is conditioned on y.' },
  ]);
  const other = await service.request
    .post(path)
    .send({ n: 2, context: { y: 1, z: 2 } })
    .expect(422);
  assert.deepEqual(other.body.errors, [
    { path: '/context/z', message: 'Unknown context column; the model is conditioned on y.' },
  ]);
  await service.request
    .post(path)
    .send({ n: 2, context: { y: 'one' } })
    .expect(422);
  await service.request
    .post(path)
    .send({ n: 51, context: { y: 1 } })
    .expect(422);
});

test('a model without context may be sampled by POST too, but takes none', async () => {
  const { body } = await service.request.post(`/v1/models/${id}/sample`).send({ n: 3, seed: 7 }).expect(200);
  const same = await service.request.get(`/v1/models/${id}/sample?n=3&seed=7`).expect(200);
  assert.deepEqual(body, same.body);
  await service.request
    .post(`/v1/models/${id}/sample`)
    .send({ n: 3, context: { x: 1 } })
    .expect(422);
});

test('rows scored under a model with context hold its context columns too', async () => {
  const conditional = await conditionalModel(service);
  const path = `/v1/models/${conditional}/log-prob`;
  const { body } = await service.request
    .post(path)
    .send({ records: [{ x: 0, y: 0 }] })
    .expect(200);
  assert.deepEqual(body, { logProb: [peak] });
  await service.request
    .post(path)
    .query({ strict: true })
    .send({ records: [{ x: 0 }] })
    .expect(422);
});

test('other formats than JSON say in a second column what is wrong, if asked', async () => {
  const rows = [[0, 0], ['a', null], [0], [7, 0]];
  const wrong = 'Column "x": Expected a finite number, got "a". Column "y": Expected a finite number, got null.';
  const csv = await score('?format=csv&problems=true').send({ rows }).expect(200);
  assert.equal(
    csv.text,
    `logProb,problem\n${peak},\n,"${wrong.replaceAll('"', '""')}"\n,"Expected 2 values, got 1."\n,\n`,
  );
  const lines = await score('?format=ndjson&problems=true').send({ rows }).buffer(true).expect(200);
  assert.deepEqual(
    lines.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      { logProb: peak, problem: null },
      { logProb: null, problem: wrong },
      { logProb: null, problem: 'Expected 2 values, got 1.' },
      { logProb: null, problem: null },
    ],
  );
  const parquet = await score('?format=parquet&problems=true').send({ rows }).responseType('blob').expect(200);
  const table = await readParquet(parquet.body);
  assert.deepEqual(table.types, ['DOUBLE', 'VARCHAR']);
  const none = Number.NEGATIVE_INFINITY;
  assert.deepEqual(table.rows, [
    [peak, null],
    [none, wrong],
    [none, 'Expected 2 values, got 1.'],
    [none, null],
  ]);
});

test('other columns of the table are passed over, in every format that names columns', async () => {
  const { body } = await score()
    .send({ records: [{ x: 0, note: 'a', y: 0 }] })
    .expect(200);
  assert.deepEqual(body, { logProb: [peak] });
  const lines = await score().type('application/x-ndjson').send('{"note":null,"x":0,"y":0}\n').expect(200);
  assert.deepEqual(lines.body, { logProb: [peak] });
  const csv = await score().type('text/csv').send('note,y,x\nfirst,0,0\n').expect(200);
  assert.deepEqual(csv.body, { logProb: [peak] });
});

test('a row with a cell that cannot be scored spoils no other', async () => {
  const rows = [
    [0, 0],
    ['a', 0],
    [0, null],
  ];
  const { body } = await score().send({ rows }).expect(200);
  assert.deepEqual(body.logProb, [peak, null, null]);
  assert.deepEqual(
    body.problems.map(({ row, column, code }: { row: number; column: string; code: string }) => [row, column, code]),
    [
      [1, 'x', 'not-a-number'],
      [2, 'y', 'missing-cell'],
    ],
  );
});
