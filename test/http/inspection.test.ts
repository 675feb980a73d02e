import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startTestApp, type TestApp } from '../support/app.ts';
import { parquetOf } from '../support/parquet.ts';

let service: TestApp;
before(async () => {
  service = await startTestApp({ limits: { maxUploadBytes: 1_000_000, maxRows: 2_000, maxColumns: 9 } });
});
after(() => service[Symbol.asyncDispose]());

interface Column {
  readonly name: string;
  readonly kind: string;
  readonly kinds: readonly { kind: string; refusal?: string }[];
}

/** Nothing is kept, neither in the store nor on disk. */
async function assertNothingKept(): Promise<void> {
  assert.deepEqual((await service.request.get('/v1/datasets').expect(200)).body.items, []);
  assert.deepEqual(await service.uploads(), []);
}

const inspect = (send: string, query: object = {}) =>
  service.request.post('/v1/datasets/inspect').query(query).type('text/csv').send(send);

const possible = ({ kinds }: Column) => kinds.flatMap(({ kind, refusal }) => (refusal === undefined ? [kind] : []));

/** A column of each look, so many rows. */
function table(rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) =>
    [
      row % 2,
      row % 7,
      row / 8,
      row % 2 ? 'yes' : 'no',
      `side ${row % 3}`,
      `2024-01-0${1 + (row % 9)}`,
      `id-${row}`,
    ].join(),
  );
  return ['bit,whole,fraction,flag,side,day,id', ...lines].join('\n');
}

test('tells what each column would be, what else it may be said to be, and why not the rest', async () => {
  const { body } = await inspect(table(200), { name: 'looks' }).expect(200);
  const { columns, rows, warnings, ...about } = body;
  assert.deepEqual(about, {
    name: 'looks',
    format: 'csv',
    csv: { delimiter: ',', header: true, encoding: 'utf-8' },
    rowCount: 200,
    byteCount: table(200).length,
  });
  assert.deepEqual(
    columns.map((column: Column & { ignored: boolean }) => [
      column.name,
      column.kind,
      column.ignored,
      possible(column),
    ]),
    [
      ['bit', 'integer', false, ['continuous', 'integer', 'boolean', 'categorical']],
      ['whole', 'integer', false, ['continuous', 'integer', 'categorical']],
      ['fraction', 'continuous', false, ['continuous']],
      ['flag', 'boolean', false, ['boolean', 'categorical']],
      ['side', 'categorical', false, ['categorical']],
      ['day', 'categorical', true, ['continuous', 'integer', 'categorical']],
      ['id', 'categorical', true, []],
    ],
  );
  assert.deepEqual(columns[2].kinds.slice(1), [
    { kind: 'integer', refusal: 'not all numbers are whole' },
    { kind: 'boolean', refusal: 'not all cells are true or false, yes or no, or 1 or 0' },
    { kind: 'categorical', refusal: '200 different values are more than MAX_CATEGORIES=100 allows' },
  ]);
  assert.deepEqual(columns[4].examples, ['side 0', 'side 1', 'side 2']);
  assert.equal(columns[1].reason, 'whole numbers');
  assert.equal(rows.length, 10);
  assert.deepEqual(rows[1], [1, 1, 0.125, true, 'side 1', '2024-01-02', 'id-1']);
  assert.equal(warnings.length, 2);
  await assertNothingKept();
});

test('what may be said of a column is what the store takes, and what may not it refuses', async () => {
  const csv = table(200);
  const { body } = await inspect(csv).expect(200);
  for (const { name, kinds } of body.columns as Column[])
    for (const { kind, refusal } of kinds) {
      const columns = JSON.stringify([{ name, kind }]);
      const asked = await inspect(csv, { columns });
      const stored = await service.request.post('/v1/datasets').query({ columns }).type('text/csv').send(csv);
      assert.equal(stored.status, refusal === undefined ? 201 : 422, `${name} as ${kind}: ${stored.text}`);
      assert.equal(asked.status, refusal === undefined ? 200 : 422);
      if (stored.status !== 201) continue;
      const column = asked.body.columns.find((each: Column) => each.name === name);
      assert.deepEqual([column.kind, column.reason, column.asked], [kind, 'as asked', { name, kind }]);
      await service.request.delete(`/v1/datasets/${stored.body.id}`).expect(204);
    }
  await assertNothingKept();
});

test('a column of numbers with some texts is told of, and is no error until it is stored', async () => {
  const csv = `a,b\n${Array.from({ length: 40 }, (_, row) => `${row === 20 ? 'about 3' : row},${row}`).join('\n')}\n`;
  const { body } = await inspect(csv).expect(200);
  const [mixed, other] = body.columns;
  assert.match(mixed.fault, /"about 3".*Most cells of the column are numbers/);
  assert.deepEqual([mixed.ignored, possible(mixed), other.fault], [true, ['categorical'], undefined]);
  const refused = await service.request.post('/v1/datasets').type('text/csv').send(csv).expect(422);
  assert.equal(refused.body.detail, mixed.fault);
  const said = await inspect(csv, { columns: '[{"name":"a","kind":"categorical"}]' }).expect(200);
  assert.equal(said.body.columns[0].fault, undefined);
});

test('tells how a CSV was read, and reads it as the query says', async () => {
  const latin = Buffer.from('größe;alter\n1,5;2\n', 'latin1');
  const send = (query: object) =>
    service.request.post('/v1/datasets/inspect').query(query).type('text/csv').send(latin);
  const { body } = await send({}).expect(200);
  assert.deepEqual(body.csv, { delimiter: ';', header: true, encoding: 'latin-1' });
  assert.equal(body.columns[0].name, 'größe');
  const asked = { delimiter: '|', header: false, encoding: 'latin-1' };
  const otherwise = await send(asked).expect(200);
  assert.deepEqual(otherwise.body.csv, asked);
  assert.deepEqual(otherwise.body.rows, [['größe;alter'], ['1,5;2']]);
});

test('every format is read, and what the body says is told', async () => {
  const send = (type: string, body: string | Buffer) =>
    service.request.post('/v1/datasets/inspect').type(type).send(body);
  const json = await send(
    'application/json',
    JSON.stringify({ name: 'mine', columns: ['x', { name: 'y', lower: 0 }], rows: [[1, 2.5]] }),
  );
  assert.deepEqual([json.status, json.body.name, json.body.format], [200, 'mine', 'json']);
  assert.deepEqual([json.body.columns[0].asked, json.body.columns[1].asked], [undefined, { name: 'y', lower: 0 }]);
  const ndjson = await send('application/x-ndjson', '{"x":1,"y":true}\n{"x":2}\n').expect(200);
  assert.deepEqual(ndjson.body.rows, [
    [1, true],
    [2, null],
  ]);
  const parquet = await send('application/vnd.apache.parquet', await parquetOf('SELECT 1 AS x, 0.5::DOUBLE AS y'));
  assert.deepEqual(parquet.body.rows, [[1, 0.5]], parquet.text);
  assert.equal(parquet.body.csv, undefined);
  const form = await service.request
    .post('/v1/datasets/inspect')
    .field('name', 'of a form')
    .field('columns', '[{"name":"x","kind":"categorical"}]')
    .attach('file', gzipSync('x\n1\n2\n'), 'x.csv.gz');
  assert.deepEqual([form.status, form.body.name, form.body.columns[0].kind], [200, 'of a form', 'categorical']);
  await assertNothingKept();
});

test('long texts are cut', async () => {
  const { body } = await inspect(`x,text\n1,${'long '.repeat(1000)}\n2,short\n`).expect(200);
  assert.equal(body.rows[0][1].length, 200);
  assert.match(body.rows[0][1], /^long .*…$/);
  assert.deepEqual(body.columns[1].examples, [body.rows[0][1], 'short']);
});

const bad = [
  ['a ragged row', 'text/csv', 'a,b\n1\n', {}],
  ['too many bytes', 'text/csv', `a\n${'1\n'.repeat(600_000)}`, {}],
  ['too many rows', 'text/csv', `a\n${'1\n'.repeat(2_001)}`, {}],
  ['nothing', 'text/csv', '', {}],
  ['a column that it does not have', 'text/csv', 'a\n1\n', { columns: '[{"name":"b","kind":"integer"}]' }],
  ['no JSON', 'application/json', '{"rows": [1', {}],
  ['a parameter for CSV', 'application/json', '{"records":[{"a":1}]}', { delimiter: ';' }],
  ['a name that cannot be', 'application/json', '{"name":"a\\nb","records":[{"a":1}]}', {}],
  ['another media type', 'image/png', 'x', {}],
  ['an unknown parameter', 'text/csv', 'a\n1\n', { kind: 'integer' }],
] as const;

for (const [what, type, send, query] of bad)
  test(`${what} is refused as it would be in a table to store`, async () => {
    const ask = async (path: string) => {
      const { status, body } = await service.request.post(path).query(query).type(type).send(send);
      const { instance: _, ...problem } = body;
      return { status, problem };
    };
    const answered = await ask('/v1/datasets/inspect');
    assert.ok(answered.status >= 400, JSON.stringify(answered.problem));
    assert.deepEqual(answered, await ask('/v1/datasets'));
    await assertNothingKept();
  });
