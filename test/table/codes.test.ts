import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Category } from '../../src/table/categories.ts';
import { type Cell, missingTexts } from '../../src/table/cells.ts';
import { codedRows } from '../../src/table/coded-table.ts';
import { type ColumnCodes, cellsOf, codesOf, encoder } from '../../src/table/codes.ts';
import { readMatrix } from '../../src/table/matrix.ts';
import { spoolUpload } from '../../src/table/spool.ts';
import { collect, readBody, spoolDirectory, tableLimits } from '../support/tables.ts';

const column = (...categories: Category[]): ColumnCodes => ({ name: 'a', kind: 'category', categories });
const number: ColumnCodes = { name: 'a', kind: 'number' };
const integer: ColumnCodes = { name: 'a', kind: 'number', integer: true };

function codes(columnCodes: ColumnCodes, cells: readonly Cell[]): number[] {
  return cells.map(encoder(columnCodes));
}

test('numbers are themselves, and texts of numbers and dates too', () => {
  assert.deepEqual(codes(number, [1.5, -0, '2.5', ' 1e3 ', '.5', true]), [1.5, -0, 2.5, 1000, 0.5, 1]);
  assert.deepEqual(codes(number, ['2024-02-29T12:00:00Z', '1970-01-02']), [19_782.5, 1]);
  const not = [
    'x',
    '1_000',
    '0x10',
    'inf',
    '1e999',
    '2024-02-30',
    '1 2',
    Number.POSITIVE_INFINITY,
    null,
    ...missingTexts,
  ];
  assert.deepEqual(
    codes(number, not),
    not.map(() => Number.NaN),
  );
});

test('a category is its place, a missing cell NaN, and another -1', () => {
  assert.deepEqual(codes(column('b', 'a', '1'), ['a', ' b', 1, 'B', 'c', null, 'NA']), [
    1,
    0,
    2,
    -1,
    -1,
    Number.NaN,
    Number.NaN,
  ]);
  assert.deepEqual(codes(column(2, 1), [1, '2', '1.0', 3, 'x', true, null]), [1, 0, 1, -1, -1, 1, Number.NaN]);
  const truths = [true, 'yes', 'F', 0, '1', 'maybe', 2, null];
  assert.deepEqual(codes(column(false, true), truths), [1, 1, 0, 0, 1, -1, -1, Number.NaN]);
  assert.deepEqual(codes(column(), ['a', null]), [-1, Number.NaN]);
});

const cellsBy = {
  number: fc.double({ noNaN: true, noDefaultInfinity: true }),
  text: fc.string({ minLength: 1, maxLength: 5 }).filter((text) => encoder(column(text))(text) === 0),
};

test('codes of cells are the cells again', () => {
  const columns = fc.oneof(
    fc.constant(number),
    fc.uniqueArray(cellsBy.text, { minLength: 1, maxLength: 20 }).map((categories) => column(...categories)),
    fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 20 }).map((categories) => column(...categories)),
    fc.constantFrom(column(true, false), column(false)),
  );
  const tables = fc.array(columns, { minLength: 1, maxLength: 4 }).chain((all) => {
    const cells = all.map((codes) =>
      fc.option(codes.kind === 'number' ? cellsBy.number : fc.constantFrom(...codes.categories)),
    );
    return fc.record({ columns: fc.constant(all), rows: fc.array(fc.tuple(...cells), { minLength: 1, maxLength: 9 }) });
  });
  fc.assert(
    fc.property(tables, fc.integer({ min: 1, max: 4 }), ({ columns, rows }, batchRows) => {
      const encoders = columns.map(encoder);
      const values = Float64Array.from(rows.flatMap((row) => row.map((cell, index) => encoders[index](cell))));
      assert.deepEqual([...cellsOf(values, columns, batchRows)].flat(), rows);
    }),
  );
});

test('codes that stand for nothing become null, and whole numbers are rounded', () => {
  const values = [Number.NaN, Number.NEGATIVE_INFINITY, -1, 2, 0.5, 1];
  const cells = (codes: ColumnCodes) => [...cellsOf(Float64Array.from(values), [codes])].flat(2);
  assert.deepEqual(cells(number), [null, null, -1, 2, 0.5, 1]);
  assert.deepEqual(cells(column('a', 'b')), [null, null, null, null, null, 'b']);
  assert.deepEqual([...cellsOf(Float64Array.of(1.6, -0.2), [integer])].flat(2), [2, 0]);
});

test('codes of stored columns are by their kind', () => {
  const summary = {
    categories: [
      { value: 'b', count: 2 },
      { value: 'a', count: 1 },
    ],
    distinctCount: 2,
  };
  assert.deepEqual(codesOf({ name: 'a', kind: 'continuous', summary: {} }), number);
  assert.deepEqual(codesOf({ name: 'a', kind: 'integer', summary: {} }), integer);
  assert.deepEqual(codesOf({ name: 'a', kind: 'categorical', summary }), column('b', 'a'));
  assert.throws(() => codesOf({ name: 'a', kind: 'boolean', summary: {} }), /column a: expected categories, got \{\}/);
  const odd = { categories: [{ value: null, count: 1 }] };
  assert.throws(() => codesOf({ name: 'a', kind: 'boolean', summary: odd }), /expected a text, a number or a boolean/);
});

test('a table is coded as its cells are', async () => {
  const body = [
    'number,text,truth,whole,"it\'s"',
    "1.5,a,yes,3,'x'",
    '-2.25,"b,c",no,1,y',
    ',a,,,',
    '1e3,,yes,3,y',
  ].join('\n');
  await using spool = await spoolDirectory();
  const columns = [{ name: 'whole', kind: 'categorical' }] as const;
  await using table = await readBody(spool.path, body, 'csv', {}, { columns });
  const all = table.columns.map(codesOf);
  assert.deepEqual(
    all.map((codes) => (codes.kind === 'category' ? codes.categories : codes.kind)),
    ['number', ['a', 'b,c'], [true, false], [3, 1], ['y', "'x'"]],
  );
  const none = Number.NaN;
  const matrix = await readMatrix(table.parts(), [...all].reverse(), 4);
  assert.deepEqual([...matrix], [1, 0, 0, 0, 1.5, 0, 1, 1, 1, -2.25, none, none, none, 0, none, 0, 0, 0, none, 1000]);
  const others = table.columns.map(
    ({ name }): ColumnCodes => ({ name, kind: 'category', categories: name === 'text' ? ['a'] : [1000] }),
  );
  assert.deepEqual([...(await readMatrix(table.parts(), others.slice(0, 2), 4))], [-1, 0, -1, -1, none, 0, 0, none]);
});

test('SQL and JavaScript read numbers and dates alike', async () => {
  const digits = fc.stringMatching(/^[+-]?\d{0,3}\.?\d{0,3}([eE][+-]?\d{1,2})?$/);
  const times = fc.stringMatching(
    /^(19|20)\d\d-[01]\d-[0-3]\d([T ][0-2]\d:[0-5]\d(:[0-6]\d(\.\d{1,6})?(Z|[+-]0\d(:?[03]0)?)?)?)?$/,
  );
  const texts = fc.sample(fc.oneof(digits, times), { numRuns: 3_000, seed: 1 });
  const expected = codes(number, texts);
  const bad = expected.filter(Number.isNaN).length;
  assert.ok(bad > 200 && bad < 2_000, `${bad} of ${texts.length} are no numbers`);
  await using spool = await spoolDirectory();
  const body = JSON.stringify({ columns: ['a'], rows: texts.map((text) => [text]) });
  await using upload = await spoolUpload({
    chunks: Readable.from([Buffer.from(body)]),
    format: 'json',
    spoolDirectory: spool.path,
    limits: tableLimits,
  });
  const blocks = await collect(codedRows(await upload.read(() => false), [number]));
  const got = blocks.flatMap(({ rows }) => [...rows]);
  texts.forEach((text, row) => {
    // Days are rounded once or twice on the way from parts of a day.
    const isClose = Math.abs(got[row] - expected[row]) <= 1e-12 * Math.abs(expected[row]);
    assert.ok(isClose || Object.is(got[row], expected[row]), `${text}: ${got[row]} and ${expected[row]}`);
  });
});
