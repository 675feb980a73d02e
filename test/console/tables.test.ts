import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { rowsShared, sharedRows } from '../../console/src/pages/model/play/shared-rows.ts';
import { type Cell, cellOf, textOf } from '../../console/src/tables/cells.ts';
import { fieldsOf, fieldsOfRows, fitted, niceStep, onGrid } from '../../console/src/tables/fields.ts';
import { inOrder, rowsOfJson } from '../../console/src/tables/named-rows.ts';
import { pastedRows } from '../../console/src/tables/pasted.ts';
import { blockRows, readFile } from '../../console/src/tables/read-file.ts';
import { parquetOf } from '../../src/table/write-parquet.ts';

const fields = fieldsOf({ columns: ['x', 'size'], context: ['open'] }, [
  { name: 'size', kind: 'categorical', summary: { categories: [{ value: 'L' }, { value: '38' }] } },
  { name: 'x', kind: 'continuous', lower: 0, summary: { min: 1, max: 9, standardDeviation: 2 } },
  { name: 'open', kind: 'boolean', summary: { categories: [{ value: true }, { value: false }] } },
]);

test('a text is the number that it says, missing, or itself', () => {
  const cells = ['1.5', ' -2e3 ', '', '  ', '0x10', 'NA', '1,5', 'Infinity', '1e999'].map(cellOf);
  assert.deepEqual(cells, [1.5, -2000, null, null, '0x10', 'NA', '1,5', 'Infinity', '1e999']);
  for (const cell of [0.1, -1e-7, null, 'a']) assert.equal(cellOf(textOf(cell)), cell);
});

test('fields are in the order of the model, whatever that of the dataset', () => {
  assert.deepEqual(
    fields.map(({ name, kind, isContext }) => [name, kind, isContext]),
    [
      ['x', 'number', false],
      ['size', 'category', false],
      ['open', 'category', true],
    ],
  );
  // A quarter of 8 beyond on either side, but not below the bound.
  assert.deepEqual(fields[0].range, { min: 0, max: 11 });
  assert.equal(fields[0].step, 0.2);
  assert.equal(fitted(fields[1], 38), '38');
  assert.equal(fitted(fields[2], 'true'), true);
  assert.equal(fitted(fields[1], 'XL'), 'XL');
});

test('fields of rows: what they hold', () => {
  const rows = [
    [1, 'b', null],
    [4, 'a', null],
    [null, 'b', null],
  ];
  const [x, name, none] = fieldsOfRows({ columns: ['x', 'name', 'none'], context: [] }, rows);
  assert.deepEqual([x.kind, x.isInteger, x.step], ['number', true, 1]);
  assert.deepEqual([name.kind, name.categories], ['category', ['a', 'b']]);
  assert.equal(none.kind, 'any');
});

test('steps are round, and numbers stay on them', () => {
  assert.deepEqual([0.3, 1, 4.99, 7e-5, 5].map(niceStep), [0.2, 1, 2, 5e-5, 5]);
  assert.equal(onGrid(0.1 + 0.2, 0.1), 0.3);
  assert.equal(onGrid(38.6 + 0.5, 0.05), 39.1);
});

test('what is pasted is taken as it comes: a spreadsheet, a CSV, JSON, with names or without', () => {
  const expected = [
    [1, 'L', true],
    [2.5, '38', null],
  ];
  for (const text of [
    '1\tL\ttrue\n2.5\t38\t',
    'open,note,size,x\ntrue,"a, b",L,1\n,,38,2.5\n',
    'x;size;open\r\n1;L;true\r\n2.5;38;\r\n',
    '[[1,"L",true],[2.5,"38",null]]',
    '[{"x":1,"size":"L","open":true},{"x":2.5,"size":38,"open":null}]',
    '{"records":[{"x":1,"size":"L","open":true},{"open":null,"size":"38","x":2.5}]}',
    '{"columns":["size",{"name":"x"},"open"],"rows":[["L",1,true],["38",2.5,null]]}',
    '{"x":1,"size":"L","open":true}\n{"x":2.5,"size":"38","open":null}\n',
  ])
    assert.deepEqual(pastedRows(text, fields), expected, text);
});

test('a single column is pasted as a list', () => {
  assert.deepEqual(pastedRows('1\n2\n3', fields.slice(0, 1)), [[1], [2], [3]]);
});

test('what cannot be taken is said', () => {
  const refused: [string, RegExp][] = [
    ['1\tL', /Row 1 has 2 values: expected 3, for x, size, open/],
    ['x,size\n1,L', /no column "open"/],
    ['[1,', /begins as JSON, and is none/],
    ['[[1,"L",true],{"x":2}]', /Row 1 is no object/],
    ['[]', /Expected a list of rows/],
    ['x,size,open\n', /There are no rows in it/],
  ];
  for (const [text, message] of refused) assert.throws(() => pastedRows(text, fields), message, text);
});

test('rows in an address come back as they were, and others are none', () => {
  const rows: Cell[][] = [
    [1.25, 'ü & "x"', null],
    [-1e-9, '', true],
  ];
  assert.deepEqual(rowsShared(sharedRows(rows), 3), rows);
  assert.equal(sharedRows(Array.from({ length: 300 }, () => [1.25, 2, 3])), undefined);
  for (const text of ['', '[', '{}', '[]', '[[1,2]]', '[[1,2,{}]]']) assert.equal(rowsShared(text, 3), undefined, text);
});

async function read(file: File, columns: readonly string[]): Promise<{ rows: Cell[][]; blocks: number }> {
  const all: Cell[][] = [];
  let blocks = 0;
  await readFile(file, columns, async (rows) => {
    blocks++;
    all.push(...rows);
  });
  return { rows: all, blocks };
}

test('a file of every format is read in blocks, its columns in order', async () => {
  const count = 2 * blockRows + 3;
  const rows = Array.from({ length: count }, (_, row): Cell[] => [row % 7 === 0 ? null : row / 4, `name, ${row}`, row]);
  const expected = rows.map(([x, name]) => [name, x]);
  const csv = ['x,name,other', ...rows.map(([x, name, other]) => `${textOf(x)},"${name}",${other}`)].join('\r\n');
  const records = rows.map(([x, name, other]) => ({ x, name, other }));
  const columns = [
    { name: 'x', type: 'DOUBLE' },
    { name: 'name', type: 'VARCHAR' },
    { name: 'other', type: 'DOUBLE' },
  ] as const;
  const parquet: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of parquetOf(columns, [rows]))
    if (typeof chunk !== 'string') parquet.push(Uint8Array.from(chunk));
  for (const file of [
    new File([csv], 'rows.csv'),
    new File([new Uint8Array(gzipSync(csv))], 'ROWS.CSV.GZ'),
    new File([csv.replaceAll('"', '').replaceAll(', ', '- ').replaceAll(',', '\t')], 'rows.tsv'),
    new File([JSON.stringify({ records })], 'rows.json'),
    new File([records.map((record) => JSON.stringify(record)).join('\n')], 'rows.jsonl'),
    new File(parquet, 'rows.parquet'),
  ]) {
    const found = await read(file, ['name', 'x']);
    const isTsv = file.name.endsWith('tsv');
    assert.deepEqual(
      found.rows,
      isTsv ? expected.map(([n, x]) => [String(n).replace(', ', '- '), x]) : expected,
      file.name,
    );
    assert.ok(found.blocks >= 3, file.name);
  }
});

test('Latin-1 is read where it is not UTF-8', async () => {
  const bytes = Uint8Array.from('a,b\nM\u00fcnchen,1\n', (character) => character.charCodeAt(0));
  assert.deepEqual((await read(new File([bytes], 'cities.csv'), ['a'])).rows, [['München']]);
});

test('a file that is none, or lacks a column, is refused by name', async () => {
  const refused: [File, RegExp][] = [
    [new File(['a,b\n1,2\n'], 'rows.csv'), /no column "x", "y"/],
    [new File(['{"rows":'], 'rows.json'), /The file is not JSON/],
    [new File(['{"x":1,"y":2}\n{"x":'], 'rows.ndjson'), /Line 2 is not JSON/],
    [new File(['no gzip'], 'rows.csv.gz'), /is not gzip/],
    [new File(['no parquet'], 'rows.parquet'), /Parquet file cannot be read here/],
  ];
  for (const [file, message] of refused) await assert.rejects(read(file, ['x', 'y']), message, file.name);
});

test('reading ends when the taker of rows fails', async () => {
  let taken = 0;
  const file = new File([['x', ...Array.from({ length: 200_000 }, (_, row) => row)].join('\n')], 'rows.csv');
  const reading = readFile(file, ['x'], async () => {
    taken++;
    throw new Error('enough');
  });
  await assert.rejects(reading, /enough/);
  assert.equal(taken, 1);
});

test('names that a table lacks are told before its rows are looked at', () => {
  assert.throws(() => inOrder({ names: ['a'], rows: [] }, ['a', 'b']), /no column "b"/);
  assert.deepEqual(rowsOfJson([{ a: 1 }, { b: [2] }]), {
    names: ['a', 'b'],
    rows: [
      [1, null],
      [null, '[2]'],
    ],
  });
});
