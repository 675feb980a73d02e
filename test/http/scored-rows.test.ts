import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { loadConfig } from '../../src/config.ts';
import { type ScoredColumns, scoredRows } from '../../src/http/answers/scored-rows.ts';
import type { TableBody } from '../../src/http/bodies/table-body.ts';
import type { ColumnCodes } from '../../src/table/codes.ts';
import { problemError } from '../../src/table/row-problems.ts';
import type { TableFormat } from '../../src/table/spool.ts';
import { parquetOf } from '../support/parquet.ts';
import { temporaryDirectory } from '../support/postgres.ts';
import { collect } from '../support/tables.ts';

const columns: ColumnCodes[] = [
  { name: 'size', kind: 'number' },
  { name: 'city', kind: 'category', categories: ['Rome', '7', 'Oslo'] },
  { name: 'new', kind: 'category', categories: [false, true] },
  { name: 'rooms', kind: 'number', integer: true },
];

async function score(
  format: TableFormat,
  body: string | Buffer,
  scored: ScoredColumns = { columns, ignored: ['id'] },
  environment: Record<string, string> = {},
) {
  await using directory = await temporaryDirectory();
  const config = loadConfig({ DATA_DIR: directory.path, ...environment });
  const table: TableBody = { chunks: Readable.from([Buffer.from(body)]), format, gzip: false };
  const blocks = await collect(scoredRows(table, scored, config, new AbortController().signal));
  return {
    rows: blocks.flatMap(({ rows }) => [...rows]),
    rowCount: blocks.reduce((sum, block) => sum + block.rowCount, 0),
    problems: blocks.flatMap(({ problems }) => problems),
  };
}

const none = Number.NaN;
const good = {
  json: JSON.stringify({
    rows: [
      [1.5, 'Oslo', true, 3],
      ['2', 7, 'no', '4'],
    ],
  }),
  'json, records': JSON.stringify({
    records: [
      { id: 'a', rooms: 3, size: 1.5, city: 'Oslo', new: true },
      { size: 2, city: '7', new: 0, rooms: 4 },
    ],
  }),
  csv: 'rooms,id,size,city,new\n3,a,1.5,Oslo,true\n 4 ,b,2.0,7,No\n',
  ndjson: '[1.5,"Oslo",true,3]\n[2,"7",false,4]\n',
  'ndjson, objects':
    '{"new":true,"rooms":3,"size":1.5,"city":"Oslo"}\n{"id":1,"size":2,"city":7,"new":"f","rooms":4}\n',
  'ndjson, below names': '["id","new","rooms","size","city"]\n[1,true,3,1.5,"Oslo"]\n[2,false,4,2,"7"]\n',
  parquet: await parquetOf(
    "SELECT 3::TINYINT AS rooms, 1.5::FLOAT AS size, 'Oslo' AS city, true AS new, DATE '2024-01-01' AS id UNION ALL SELECT 4, 2, '7', false, NULL",
  ),
};

const formatOf = (what: string): TableFormat =>
  (['json', 'csv', 'ndjson', 'parquet'] as const).find((format) => what.split(',', 1)[0] === format) ?? 'json';

for (const [what, body] of Object.entries(good))
  test(`rows become codes: ${what}`, async () => {
    const expected = { rows: [1.5, 2, 1, 3, 2, 1, 0, 4], rowCount: 2, problems: [] };
    assert.deepEqual(await score(formatOf(what), body), expected);
  });

test('a Parquet column of numbers is read as the texts or truths of its categories', async () => {
  const body = await parquetOf('SELECT 1 AS size, 7.0::DOUBLE AS city, 1 AS new, 2 AS rooms');
  assert.deepEqual((await score('parquet', body)).rows, [1, 1, 1, 2]);
});

const bad = {
  json: JSON.stringify({
    rows: [
      ['big', 'Bonn', 'maybe', 1.5],
      [1, 'Rome', true, 3],
      [null, '', 'NA', { a: 1 }],
    ],
  }).replace('[1,', '[1.0,'),
  ndjson: '["big","Bonn","maybe",1.5]\n\n[1,"Rome",true,3]\n[null,"","NA",{"a":1}]\n',
  csv: 'size,city,new,rooms\nbig,Bonn,maybe,1.5\n1,Rome,true,3\n,,NA,x\n',
};

const expected = 'one of "Rome", "7", "Oslo"';
const problemsOf = (empty: string, text: string, missing: string, last: string) => [
  [0, 'size', 'not-a-number', 'Expected a finite number, got "big".'],
  [0, 'city', 'unknown-category', `Expected ${expected}, got "Bonn".`],
  [0, 'new', 'unknown-category', 'Expected one of false, true, got "maybe".'],
  [0, 'rooms', 'not-an-integer', 'Expected a whole number, got 1.5.'],
  [2, 'size', 'missing-cell', `Expected a finite number, got ${empty}.`],
  [2, 'city', 'missing-cell', `Expected ${expected}, got ${text}.`],
  [2, 'new', 'missing-cell', `Expected one of false, true, got ${missing}.`],
  [2, 'rooms', 'not-a-number', `Expected a finite number, got ${last}.`],
];
const said = {
  json: problemsOf('null', '""', '"NA"', '{"a":1}'),
  ndjson: problemsOf('null', '""', '"NA"', '{"a":1}'),
  csv: problemsOf('an empty cell', 'an empty cell', 'an empty cell', '"x"'),
};

for (const [format, body] of Object.entries(bad))
  test(`what is wrong is said of each cell, and spoils no other: ${format}`, async () => {
    const { rows, problems } = await score(formatOf(format), body);
    assert.deepEqual(rows, [none, -1, -1, 1.5, 1, 0, 1, 3, none, none, none, none]);
    assert.deepEqual(
      problems.map(({ row, column, code, message }) => [row, column, code, message]),
      said[formatOf(format) === 'json' ? 'json' : format === 'csv' ? 'csv' : 'ndjson'],
    );
    assert.deepEqual(
      problems.map(({ path }) => path),
      format === 'json'
        ? ['/rows/0/0', '/rows/0/1', '/rows/0/2', '/rows/0/3', '/rows/2/0', '/rows/2/1', '/rows/2/2', '/rows/2/3']
        : problems.map(() => undefined),
    );
  });

test('a column that a record lacks is missing in it', async () => {
  const records = [{ size: 1, city: 'Rome', rooms: 1e6 }, { size: 2 }];
  const { rows, problems } = await score('json', JSON.stringify({ records }));
  assert.deepEqual(rows, [1, 0, none, 1e6, 2, none, none, none]);
  assert.deepEqual(
    problems.map(({ row, column, code, message, path }) => [row, column, code, message, path]),
    [
      [0, 'new', 'missing-cell', 'The column "new" is missing.', '/records/0'],
      [1, 'city', 'missing-cell', 'The column "city" is missing.', '/records/1'],
      [1, 'new', 'missing-cell', 'The column "new" is missing.', '/records/1'],
      [1, 'rooms', 'missing-cell', 'The column "rooms" is missing.', '/records/1'],
    ],
  );
});

test('a number that JSON writes but no double holds is a problem of its cell', async () => {
  const { rows, problems } = await score('json', '{"rows":[[1e999,"Rome",true,1]]}');
  assert.deepEqual(rows, [none, 0, 1, 1]);
  assert.equal(problems[0].message, 'Expected a finite number, got one that is too large.');
  const csv = await score('csv', 'size,city,new,rooms\n1,Rome,true,1\ninf,Rome,true,1\n');
  assert.deepEqual(csv.rows, [1, 0, 1, 1, none, 0, 1, 1]);
  assert.deepEqual([csv.problems[0].row, csv.problems[0].code], [1, 'not-a-number']);
});

const shortRows = {
  json: JSON.stringify({ rows: [[1], [1, 'Rome', true, 1], [], [2, 'Rome', true, 1, 5]] }),
  ndjson: '[1]\n[1,"Rome",true,1]\n[]\n[2,"Rome",true,1,5]\n',
  'ndjson, below names': '["size","city","new","rooms"]\n[1]\n[1,"Rome",true,1]\n[]\n[2,"Rome",true,1,5]\n',
};
for (const [what, body] of Object.entries(shortRows))
  test(`a row of another length is a problem of that row: ${what}`, async () => {
    const { rows, rowCount, problems } = await score(formatOf(what), body);
    const unknown = [none, none, none, none];
    assert.deepEqual(rows, [...unknown, 1, 0, 1, 1, ...unknown, ...unknown]);
    assert.equal(rowCount, 4);
    const path = (row: number) => (what === 'json' ? { path: `/rows/${row}` } : {});
    assert.deepEqual(problems, [
      { row: 0, code: 'row-length', message: 'Expected 4 values, got 1.', ...path(0) },
      { row: 2, code: 'row-length', message: 'Expected 4 values, got 0.', ...path(2) },
      { row: 3, code: 'row-length', message: 'Expected 4 values, got 5.', ...path(3) },
    ]);
  });

test('a number beyond a bound is a problem that names the bound', async () => {
  const bounded: ColumnCodes[] = [
    { name: 'share', kind: 'number', lower: 0, upper: 1, open: true },
    { name: 'price', kind: 'number', lower: 0, open: true },
    { name: 'count', kind: 'number', integer: true, lower: 0, upper: 9 },
    { name: 'debt', kind: 'number', upper: 0 },
  ];
  const good = [
    [0.5, 1, 0, 0],
    [0.999, 1e9, 9, -5],
  ];
  const bad = [
    [0, 0, -1, 0.1],
    [1.5, -2, 10, 7],
  ];
  for (const [format, body] of [
    ['json', JSON.stringify({ rows: [...good, ...bad] })],
    ['csv', `share,price,count,debt\n${[...good, ...bad].map((row) => `${row}\n`).join('')}`],
  ] as const) {
    const { rows, problems } = await score(format, body, { columns: bounded });
    assert.deepEqual(rows, [...good, ...bad].flat());
    assert.deepEqual(
      problems.map(({ row, column, code, message }) => [row, column, code, message]),
      [
        [2, 'share', 'out-of-bounds', 'Expected a number between 0 and 1, without these, got 0.'],
        [2, 'price', 'out-of-bounds', 'Expected a number above 0, got 0.'],
        [2, 'count', 'out-of-bounds', 'Expected a number from 0 to 9, got -1.'],
        [2, 'debt', 'out-of-bounds', 'Expected a number of at most 0, got 0.1.'],
        [3, 'share', 'out-of-bounds', 'Expected a number between 0 and 1, without these, got 1.5.'],
        [3, 'price', 'out-of-bounds', 'Expected a number above 0, got -2.'],
        [3, 'count', 'out-of-bounds', 'Expected a number from 0 to 9, got 10.'],
        [3, 'debt', 'out-of-bounds', 'Expected a number of at most 0, got 7.'],
      ],
    );
  }
});

test('a problem becomes the error of the table where one is enough', () => {
  const problem = { row: 4, column: 'a', code: 'not-a-number', message: 'Expected a finite number, got "x".' } as const;
  const { code, message, path } = problemError(problem);
  assert.deepEqual(
    [code, message, path],
    ['not-a-number', 'Data row 5, column "a": expected a finite number, got "x".', undefined],
  );
  assert.equal(problemError({ ...problem, path: '/rows/4/0' }).path, '/rows/4/0');
});

test('many rows come in blocks, in order', async () => {
  const count = 30_000;
  const cities = ['Rome', '7', 'Oslo', 'Bonn'];
  const cells = Array.from({ length: count }, (_, row) => [row / 2, cities[row % 4], row % 2 === 0, row]);
  const csv = `size,city,new,rooms\n${cells.map((row) => `${row}\n`).join('')}`;
  const lines = cells.map((row) => `${JSON.stringify(row)}\n`).join('');
  for (const [format, body] of [
    ['csv', csv],
    ['ndjson', lines],
    ['json', JSON.stringify({ rows: cells })],
  ] as const) {
    const { rows, rowCount, problems } = await score(format, body);
    assert.equal(rowCount, count);
    for (let row = 0; row < count; row++) {
      const city = row % 4 === 3 ? -1 : row % 4;
      assert.deepEqual(rows.slice(4 * row, 4 * row + 4), [row / 2, city, row % 2 === 0 ? 1 : 0, row]);
    }
    assert.equal(problems.length, count / 4);
    assert.ok(problems.every(({ row, code }, index) => row === 4 * index + 3 && code === 'unknown-category'));
  }
});

const refused = {
  'an unknown column': [
    'csv',
    'size,city,new,rooms,x\n1,Rome,true,1,1\n',
    'Unknown column "x": the model’s are size, city, new, rooms.',
  ],
  'a column less': ['csv', 'size,city,new\n1,Rome,true\n', 'The column "rooms" is missing.'],
  'an unknown key': ['json', '{"records":[{"x":1}]}', 'Unknown column "x": expected size, city, new, rooms.'],
  'an unknown key in a line': ['ndjson', '{"x":1}\n', 'Line 1: unknown column "x": expected size, city, new, rooms.'],
  'no rows': ['ndjson', '["size","city","new","rooms"]\n', 'There are no rows to score.'],
  'more rows than allowed': [
    'ndjson',
    '[1,"Rome",true,1]\n'.repeat(3),
    'The rows to score are more than MAX_SCORE_ROWS=2 allows.',
  ],
  'more rows of CSV than allowed': [
    'csv',
    `size,city,new,rooms\n${'1,Rome,true,1\n'.repeat(3)}`,
    'The rows to score are more than MAX_SCORE_ROWS=2 allows.',
  ],
} as const;

for (const [what, [format, body, message]] of Object.entries(refused))
  test(`a table of ${what} is refused`, async () => {
    await assert.rejects(score(format, body, undefined, { MAX_SCORE_ROWS: '2' }), { name: 'TableError', message });
  });
