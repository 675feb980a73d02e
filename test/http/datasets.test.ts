import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { queuedModel, startTestApp, type TestApp, uploadCsv } from '../support/app.ts';
import { parquetOf, readParquet } from '../support/parquet.ts';

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
  const { id: _id, createdAt, columns, correlations, ...rest } = body;
  assert.deepEqual(correlations, {
    columns: ['a', 'b "c"'],
    values: [
      [1, null],
      [null, null],
    ],
  });
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
    detail: 'Line 2: expected 2 values, as many as line 1 has, got 1.',
  },
  {
    what: 'JSON with a list for a number',
    type: 'application/json',
    send: '{"columns":["a"],"rows":[[1],[[2]]]}',
    status: 422,
    code: 'column-type',
    detail: '/rows/1/0: Expected a number, a text, true, false or null, got [2].',
    errors: [{ path: '/rows/1/0', message: 'Expected a number, a text, true, false or null, got [2].' }],
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
    detail:
      'Content-Type image/png: expected application/json or text/csv or application/x-ndjson or application/vnd.apache.parquet or multipart/form-data.',
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
  {
    what: 'a ragged line of JSON',
    type: 'application/x-ndjson',
    send: '[1,2]\n[3]\n',
    status: 400,
    code: 'ragged-row',
    detail: 'Line 2: expected 2 values, got 1.',
  },
  {
    what: 'what is no Parquet',
    type: 'application/vnd.apache.parquet',
    send: 'a,b\n1,2\n3,4\n',
    status: 400,
    code: 'not-parquet',
    detail: "The body could not be read as Parquet: No magic bytes found at end of file 'upload'.",
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

/** Sends bytes as they are: supertest would make JSON of a buffer that is called JSON. */
function postBytes(
  type: string,
  bytes: Buffer,
  query: Record<string, string> = {},
  headers: Record<string, string> = {},
) {
  const post = service.request.post('/v1/datasets').query(query).type(type).set(headers);
  return post.serialize((body) => body).send(bytes);
}

const sent: Record<string, { type: string; bytes: Buffer; ending: string }> = {
  csv: { type: 'text/csv', bytes: Buffer.from('x,y\n1,0.5\n2,\n'), ending: '.csv' },
  json: { type: 'application/json', bytes: Buffer.from('{"records":[{"x":1,"y":0.5},{"x":2}]}'), ending: '.json' },
  ndjson: { type: 'application/x-ndjson', bytes: Buffer.from('{"x":1,"y":0.5}\n{"x":2}\n'), ending: '.jsonl' },
  parquet: {
    type: 'application/vnd.apache.parquet',
    bytes: await parquetOf('SELECT x::INTEGER AS x, CASE WHEN x = 1 THEN 0.5 END AS y FROM range(1, 3) rows(x)'),
    ending: '.PARQUET',
  },
};
const rows = [
  [1, 0.5],
  [2, null],
];

async function assertRows(location: string): Promise<void> {
  const { body } = await service.request.get(`${location}/rows`).expect(200);
  assert.deepEqual(body, { columns: ['x', 'y'], rows });
  assert.deepEqual(await service.uploads(), []);
}

for (const [format, { type, bytes, ending }] of Object.entries(sent)) {
  for (const encoding of ['identity', 'gzip', 'X-GZip'])
    test(`a table is taken as ${format}, Content-Encoding ${encoding}`, async () => {
      const body = encoding === 'identity' ? bytes : gzipSync(bytes);
      const { headers } = await postBytes(type, body, {}, { 'content-encoding': encoding }).expect(201);
      await assertRows(headers['location']);
    });

  test(`a form with a file of ${ending} is taken, its fields in any order, compressed or not`, async () => {
    const form = () => service.request.post('/v1/datasets');
    const last = await form().attach('file', bytes, `table${ending}`).field('name', 'a name').expect(201);
    const first = await form().field('name', 'a name').attach('file', gzipSync(bytes), `t${ending}.gz`).expect(201);
    const byType = await form().attach('file', bytes, { filename: 'table', contentType: type }).expect(201);
    for (const { headers } of [last, first, byType]) await assertRows(headers['location']);
    assert.deepEqual(
      [last, first, byType].map(({ body }) => body.name),
      ['a name', 'a name', 'untitled'],
    );
  });
}

test('the query names a dataset before the form does', async () => {
  const form = service.request.post('/v1/datasets?name=query').field('name', 'form');
  const { body } = await form.attach('file', Buffer.from('a\n1\n'), 'a.csv').expect(201);
  assert.equal(body.name, 'query');
});

test('the query says how a CSV is to be read', async () => {
  const query = { delimiter: ';', header: 'false', encoding: 'utf-16' };
  const { body } = await postBytes('text/csv', Buffer.from('1;2\n3;4\n', 'utf16le'), query).expect(201);
  assert.equal(body.rowCount, 2);
  assert.deepEqual(
    body.columns.map(({ name }: { name: string }) => name),
    ['column1', 'column2'],
  );
  const json = await service.request
    .post('/v1/datasets?header=false')
    .send({ columns: ['a'], rows: [[1]] })
    .expect(422);
  assert.equal(json.body.detail, 'querystring/header: Expected a CSV with this parameter, got json.');
  const wrong = await postBytes('text/csv', Buffer.from('a\n1\n'), { header: 'no' }).expect(400);
  assert.equal(wrong.body.detail, 'querystring/header: The value must be boolean; got "no".');
});

const badForms: Record<string, { form: string; status: number; detail: string | RegExp }> = {
  'no file': { form: field('name', 'a'), status: 400, detail: '/file: This field is missing: expected a file.' },
  'a value for the file': {
    form: field('file', 'a\n1\n'),
    status: 400,
    detail: '/file: Expected a file, got a value.',
  },
  'another field': {
    form: field('nmae', 'a') + file('a.csv'),
    status: 400,
    detail: '/nmae: Unknown field: expected name, columns, file.',
  },
  'another file': {
    form: file('a.csv', 'table'),
    status: 400,
    detail: '/table: Unknown field: expected name, columns, file.',
  },
  'two names': {
    form: field('name', 'a') + file('a.csv') + field('name', 'b'),
    status: 400,
    detail: '/name: This field stands twice.',
  },
  'two files': { form: file('a.csv') + file('b.csv'), status: 400, detail: '/file: This field stands twice.' },
  'a bad name after the file': {
    form: file('a.csv') + field('name', 'x'.repeat(5_000)),
    status: 400,
    detail: '/name: Expected 1 to 200 characters, none of them a control character.',
  },
  'a file of another kind': {
    form: file('a.xlsx'),
    status: 415,
    detail:
      /^The file "a.xlsx" is of type application\/octet-stream: expected text\/csv or .* \.csv or \.json or .*\.gz where it is compressed\.$/,
  },
  'a bad table': { form: file('a.json') + field('name', 'a'), status: 400, detail: /^The body is not valid JSON: / },
};

function field(name: string, value: string): string {
  return `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}

function file(filename: string, name = 'file'): string {
  return `--x\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: application/octet-stream\r\n\r\na\n1\n2\n\r\n`;
}

function postForm(form: string) {
  return postBytes('multipart/form-data; boundary=x', Buffer.from(form));
}

for (const [what, { form, status, detail }] of Object.entries(badForms))
  test(`a form with ${what} is refused, and nothing of it is kept`, async () => {
    const before = await service.store.prisma.dataset.count();
    const { body } = await postForm(`${form}--x--\r\n`).expect(status);
    if (detail instanceof RegExp) assert.match(body.detail, detail);
    else assert.equal(body.detail, detail);
    assert.equal(await service.store.prisma.dataset.count(), before);
    assert.deepEqual(await service.uploads(), []);
  });

test('a form that is cut off, or not a form, is refused', async () => {
  const inFile = await postForm(file('a.csv')).expect(400);
  assert.match(inFile.body.detail, /^The form cannot be read: .*end of multipart data\.$/);
  const inField = await postForm(`${file('a.csv')}--x\r\nContent-Disp`).expect(400);
  assert.match(inField.body.detail, /^The form cannot be read: .*end of multipart data\.$/);
  const none = await postBytes('multipart/form-data', Buffer.from('a\n1\n')).expect(400);
  assert.equal(none.body.detail, 'The form cannot be read: Multipart: Boundary not found.');
  assert.deepEqual(await service.uploads(), []);
});

test('truncated gzip and gzip bombs are refused, and the next table is taken', async () => {
  const gzip = { 'content-encoding': 'gzip' };
  const whole = gzipSync('x,y\n1,2\n'.repeat(100));
  const half = await postBytes('text/csv', whole.subarray(0, whole.length / 2), {}, gzip).expect(400);
  assert.equal(half.body.code, 'not-gzip');
  const large = await postBytes('text/csv', gzipSync(`a\n${'1\n'.repeat(600_000)}`), {}, gzip).expect(413);
  assert.equal(large.body.detail, 'The table is larger than MAX_UPLOAD_BYTES=1000000 allows.');
  assert.deepEqual(await service.uploads(), []);
  await uploadCsv(service);
});

test('a client that sends all before it reads gets its answer, and may go on', { timeout: 60_000 }, async () => {
  const socket = connect(listening().port, 'localhost');
  const lengthOf = (body: Buffer) => `Content-Length: ${body.length}\r\n\r\n`;
  const bodies = {
    'text/csv': Buffer.alloc(2 ** 25, '{'),
    'multipart/form-data; boundary=x': Buffer.from(
      `${file('a.xlsx').slice(0, -2)}${'1\n'.repeat(2 ** 24)}\r\n--x--\r\n`,
    ),
  };
  const answers: string[] = [];
  for (const [type, body] of Object.entries(bodies)) {
    socket.pause();
    socket.write(`POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${lengthOf(body)}`);
    await new Promise((sent) => socket.write(body, sent));
    socket.resume();
    const [answer] = await once(socket, 'data');
    answers.push(String(answer).split('\r\n', 1)[0]);
  }
  socket.destroy();
  assert.deepEqual(answers, ['HTTP/1.1 400 Bad Request', 'HTTP/1.1 415 Unsupported Media Type']);
});

test('a body that is compressed in another way is refused', async () => {
  const { body } = await postBytes('text/csv', Buffer.from('a\n1\n'), {}, { 'content-encoding': 'br' }).expect(415);
  assert.equal(body.detail, 'Content-Encoding br: expected gzip or none.');
});

test('a body is needed', async () => {
  const { body } = await service.request.post('/v1/datasets').expect(400);
  assert.equal(
    body.detail,
    'Expected a body of text/csv or application/json or application/x-ndjson or application/vnd.apache.parquet, got none.',
  );
});

function listening() {
  const address = service.app.server.address() ?? service.app.server.listen(0).address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a port');
  return address;
}

const brokenOff = {
  'a CSV': ['Content-Type: text/csv', 'a,b\n1,2\n'],
  'compressed NDJSON': [
    'Content-Type: application/x-ndjson\r\nContent-Encoding: gzip',
    gzipSync('[1,2]\n').subarray(0, 20),
  ],
  'a form': ['Content-Type: multipart/form-data; boundary=x', file('a.csv').trimEnd()],
} as const;

for (const [what, [headers, start]] of Object.entries(brokenOff))
  test(`${what} that breaks off leaves nothing`, async () => {
    const before = await service.store.prisma.dataset.count();
    const socket = connect(listening().port, 'localhost');
    socket.write(`POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\n${headers}\r\nContent-Length: 1000\r\n\r\n`);
    socket.write(start);
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

test('of the rows some columns come back, in the order asked for', async () => {
  const id = await uploadCsv(service, 'a,"b, c",d\n1,0.1,x\n,2,y\n');
  const path = `/v1/datasets/${id}/rows`;
  const some = await service.request
    .get(`${path}?columns=d&columns=${encodeURIComponent('b, c')}&offset=1`)
    .expect(200);
  assert.deepEqual(some.body, { columns: ['d', 'b, c'], rows: [['y', 2]] });
  assert.equal((await service.request.get(`${path}?columns=a&format=csv`).expect(200)).text, 'a\n1\n""\n');
  const { body } = await service.request.get(`${path}?columns=a&columns=e`).expect(422);
  assert.equal(body.code, 'unknown-column');
  assert.equal(body.detail, 'The dataset has no column "e".');
  assert.deepEqual(body.errors, [{ path: '/columns', message: 'Unknown column "e".' }]);
});

const mixedCsv = 'size,city,new,day\n1.5,Rome,yes,2024-01-01\n,"a, b",no,2024-01-02\n2,Rome,,\n';
const mixedRows = [
  [1.5, 'Rome', true, '2024-01-01'],
  [null, 'a, b', false, '2024-01-02'],
  [2, 'Rome', null, null],
];

test('columns of all kinds are described, and come back in every format', async () => {
  const { body, headers } = await service.request.post('/v1/datasets').type('text/csv').send(mixedCsv).expect(201);
  assert.deepEqual(
    body.columns.map(({ kind, ignored, reason, missingCount }: Record<string, unknown>) => [
      kind,
      ignored,
      reason,
      missingCount,
    ]),
    [
      ['continuous', false, 'numbers with fractions', 1],
      ['categorical', false, '2 different texts, at most MAX_CATEGORIES=100', 0],
      ['boolean', false, 'texts for true and false', 1],
      ['categorical', true, 'dates', 1],
    ],
  );
  assert.deepEqual(body.columns[1].summary, {
    categories: [
      { value: 'Rome', count: 2 },
      { value: 'a, b', count: 1 },
    ],
    distinctCount: 2,
  });
  const rows = (format: string) => service.request.get(`${headers['location']}/rows?format=${format}`).expect(200);
  const names = ['size', 'city', 'new', 'day'];
  assert.deepEqual((await rows('json')).body, { columns: names, rows: mixedRows });
  assert.equal(
    (await rows('csv')).text,
    'size,city,new,day\n1.5,Rome,true,2024-01-01\n,"a, b",false,2024-01-02\n2,Rome,,\n',
  );
  const lines = await rows('ndjson').responseType('blob');
  assert.equal(lines.headers['content-type'], 'application/x-ndjson');
  const objects = String(lines.body)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    objects,
    mixedRows.map((row) => Object.fromEntries(row.map((cell, column) => [names[column], cell]))),
  );
  const parquet = await rows('parquet').responseType('blob');
  assert.equal(parquet.headers['content-type'], 'application/vnd.apache.parquet');
  const file = await readParquet(parquet.body);
  assert.deepEqual(
    [file.names, file.types, file.rows],
    [names, ['DOUBLE', 'VARCHAR', 'BOOLEAN', 'VARCHAR'], mixedRows],
  );
  const again = await postBytes('application/vnd.apache.parquet', parquet.body).expect(201);
  assert.deepEqual(
    again.body.columns,
    body.columns.map((column: object, index: number) =>
      index === 2 ? { ...column, reason: 'true and false' } : column,
    ),
  );
});

const options = [
  { name: 'day', kind: 'continuous' },
  { name: 'size', lower: 0 },
  { name: 'city', ignore: true },
  'new',
];

test('columns are what the request says: by the query, the form, or the body', async () => {
  const text = JSON.stringify(options);
  const byQuery = await service.request.post('/v1/datasets').query({ columns: text }).type('text/csv').send(mixedCsv);
  const form = () => service.request.post('/v1/datasets');
  const first = await form().field('columns', text).attach('file', Buffer.from(mixedCsv), 'a.csv');
  const last = await form().attach('file', Buffer.from(mixedCsv), 'a.csv').field('columns', text);
  const records = mixedRows.map(([size, city, isNew, day]) => ({ day, size, city, new: isNew }));
  const byBody = await service.request.post('/v1/datasets').send({ columns: options, records });
  const rows = mixedRows.map(([size, city, isNew, day]) => [day, size, city, isNew]);
  const byRows = await service.request.post('/v1/datasets').send({ columns: options, rows });
  for (const { status, body } of [byQuery, first, last, byBody, byRows]) {
    assert.equal(status, 201, body.detail);
    const columns = Object.fromEntries(body.columns.map((column: { name: string }) => [column.name, column]));
    const { day, size, city } = columns;
    assert.deepEqual([day.kind, day.reason, day.summary.max], ['continuous', 'as asked', 19_724]);
    assert.deepEqual([size.kind, size.lower, 'upper' in size], ['continuous', 0, false]);
    assert.deepEqual([city.kind, city.ignored, city.reason], ['categorical', true, 'ignored as asked']);
    assert.deepEqual([columns.new.kind, columns.new.ignored], ['boolean', false]);
    assert.deepEqual(body.correlations.columns.toSorted(), ['day', 'size']);
    const { body: page } = await service.request.get('/v1/datasets?limit=1').expect(200);
    assert.ok(!('correlations' in page.items[0]));
  }
});

const badColumns: [unknown, string, string][] = [
  [{ name: 'size' }, '/columns', 'Expected an array, got {"name":"size"}.'],
  [[3], '/columns/0', 'Expected the name of a column, or an object with it, got 3.'],
  [['city', {}], '/columns/1/name', 'This key is missing.'],
  [[{ name: 3 }], '/columns/0/name', 'Expected a string, got 3.'],
  [
    [{ name: 'city', kind: 'text' }],
    '/columns/0/kind',
    'Expected one of continuous, integer, boolean, categorical, got "text".',
  ],
  [[{ name: 'size', lower: '0' }], '/columns/0/lower', 'Expected a finite number, got "0".'],
  [[{ name: 'size', lower: 1, upper: 1 }], '/columns/0/upper', 'Expected more than "lower", 1, got 1.'],
  [[{ name: 'size', ignore: 'yes' }], '/columns/0/ignore', 'Expected true or false, got "yes".'],
  [
    [{ name: 'size', knd: 'integer' }],
    '/columns/0/knd',
    'Unknown key "knd": expected name, kind, lower, upper, ignore.',
  ],
  [['city', { name: 'city' }], '/columns/1', 'Columns 1 and 2 are both called "city".'],
];

for (const [columns, path, message] of badColumns)
  test(`columns=${JSON.stringify(columns)} is refused, wherever it stands`, async () => {
    const text = JSON.stringify(columns);
    const status = message.includes('both called') ? 422 : 400;
    const posts = [
      service.request.post('/v1/datasets').query({ columns: text }).type('text/csv').send(mixedCsv),
      service.request.post('/v1/datasets').attach('file', Buffer.from(mixedCsv), 'a.csv').field('columns', text),
      service.request.post('/v1/datasets').send({ columns, records: [{ size: 1 }] }),
    ];
    for (const { body, status: got } of await Promise.all(posts))
      assert.deepEqual([got, body.errors, body.detail], [status, [{ path, message }], `${path}: ${message}`]);
    assert.deepEqual(await service.uploads(), []);
  });

test('columns that are no JSON, twice, or of another table are refused', async () => {
  const post = (columns: string) =>
    service.request.post('/v1/datasets').query({ columns }).type('text/csv').send(mixedCsv);
  const text = await post('size').expect(400);
  assert.match(text.body.detail, /^querystring\/columns: Expected JSON: Unexpected token/);
  const unknown = await post('["sizes"]').expect(422);
  assert.deepEqual(
    [unknown.body.code, unknown.body.errors],
    [
      'unknown-column',
      [
        {
          path: '/columns/0/name',
          message: 'The table has no column "sizes": its columns are ["size","city","new","day"].',
        },
      ],
    ],
  );
  const form = field('columns', '[]') + file('a.csv');
  const twice = await postForm(`${form}${field('columns', '[]')}--x--\r\n`).expect(400);
  assert.equal(twice.body.detail, '/columns: This field stands twice.');
  const noJson = await postForm(`${field('columns', '[')}${file('a.csv')}--x--\r\n`).expect(400);
  assert.match(noJson.body.detail, /^\/columns: Expected JSON: /);
  assert.deepEqual(await service.uploads(), []);
});

const badQueries = {
  'limit=0': ['/limit', 'The value must be >= 1; got 0.'],
  'limit=1.5': ['/limit', 'The value must be integer; got 1.5.'],
  'limit=ten': ['/limit', 'The value must be integer; got "ten".'],
  'offset=-1': ['/offset', 'The value must be >= 0; got -1.'],
  'format=xml': ['/format', 'Expected one of json, csv, ndjson, parquet; got "xml".'],
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

test('a part of a form that has no name, or a very long one, is refused', async () => {
  for (const [disposition, path] of [
    ['form-data', '/'],
    [`form-data; name="${'n'.repeat(10_000)}"`, `/${'n'.repeat(100)}`],
  ]) {
    const form = `--b\r\nContent-Disposition: ${disposition}\r\n\r\nx\r\n--b--\r\n`;
    const { body } = await postBytes('multipart/form-data; boundary=b', Buffer.from(form)).expect(400);
    assert.deepEqual([body.code, body.errors[0].path], ['invalid-form', path]);
  }
});
