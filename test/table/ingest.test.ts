import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { CsvOptions } from '../../src/table/csv-layout.ts';
import { type IngestedTable, readTable } from '../../src/table/ingest.ts';
import { readMatrix, readRows } from '../../src/table/matrix.ts';
import type { TableFormat } from '../../src/table/spool.ts';
import { collect, numbered, numberSummary, numbers, readBody, spoolDirectory, tableLimits } from '../support/tables.ts';

async function rowsOf(table: IngestedTable) {
  const names = table.columns.map(({ name }) => name);
  const rows = [];
  for await (const batch of readRows(numbered(table.parts()), names, { offset: 0, limit: table.rowCount }))
    rows.push(...batch);
  return rows;
}

const csv = 'a,"b, c"\n1,-2.5\n,1e-3\n3,4\n';
const crlf = csv.replaceAll('\n', '\r\n');
const utf16be = Buffer.from(`\uFEFF${csv}`, 'utf16le').swap16();

interface SameTable {
  readonly format: TableFormat;
  readonly body: string | Buffer;
  readonly csv?: CsvOptions;
  readonly name?: string;
}

const sameTables: Record<string, SameTable> = {
  'comma-separated': { format: 'csv', body: csv },
  'semicolons and CRLF': { format: 'csv', body: crlf.replaceAll(',', ';').replace('b; c', 'b, c') },
  tabs: { format: 'csv', body: csv.replaceAll(',', '\t').replace('b\t c', 'b, c') },
  'a delimiter that the names hold more of': {
    format: 'csv',
    body: 'a|b, c\n1|-2.5\n|1e-3\n3|4\n',
    csv: { delimiter: '|' },
  },
  'a byte order mark, spaces, no last newline': { format: 'csv', body: '\uFEFFa ,"b, c"\n 1, -2.5\n,1e-3\n3,"4"' },
  'carriage returns': { format: 'csv', body: csv.replaceAll('\n', '\r') },
  'line ends of all kinds': { format: 'csv', body: 'a,"b, c"\r\n1,-2.5\n,1e-3\r3,4\r\n\r\n' },
  'UTF-16, little-endian': { format: 'csv', body: Buffer.from(`\uFEFF${crlf}`, 'utf16le') },
  'UTF-16, big-endian': { format: 'csv', body: utf16be },
  'UTF-16 that the request names': { format: 'csv', body: Buffer.from(csv, 'utf16le'), csv: { encoding: 'utf-16' } },
  'JSON rows': {
    format: 'json',
    body: '{"rows":[[1,-2.5],[null,1e-3],[3,4.0]],"columns":["a","b, c"],"name":"t"}',
    name: 't',
  },
  'JSON records': { format: 'json', body: '{"records":[{"a":1,"b, c":-2.5},{"b, c":0.001},{"b, c":4,"a":3}]}' },
  'lines of JSON objects': {
    format: 'ndjson',
    body: '{"a":1,"b, c":-2.5}\r\n\r\n{"b, c":0.001}\n \n{"b, c":4,"a":3}',
  },
  'lines of JSON arrays below names': { format: 'ndjson', body: '["a","b, c"]\n[1,-2.5]\n[null,1e-3]\n[3,4]\n' },
};

for (const [what, { format, body, csv, name }] of Object.entries(sameTables))
  for (const gzip of [false, true])
    test(`reads ${what}${gzip ? ', compressed' : ''}`, async () => {
      await using spool = await spoolDirectory();
      {
        await using table = await readBody(spool.path, gzip ? gzipSync(body) : body, format, {}, { gzip, csv });
        assert.equal(table.rowCount, 3);
        assert.equal(table.byteCount, Buffer.byteLength(body));
        assert.equal(table.name, name);
        assert.deepEqual(
          table.columns.map(({ name, kind, missingCount }) => [name, kind, missingCount]),
          [
            ['a', 'integer', 1],
            ['b, c', 'continuous', 0],
          ],
        );
        assert.deepEqual(table.warnings, ['Column "a" is missing in 1 of 3 rows.']);
        assert.deepEqual(await rowsOf(table), [
          [1, -2.5],
          [null, 0.001],
          [3, 4],
        ]);
      }
      assert.deepEqual(await spool.leftovers(), []);
    });

test('a CSV that is not UTF-8 is read as Latin-1, and says so', async () => {
  const body = Buffer.from('gr\xf6\xdfe,\x80\n1,2\n3,4\n', 'latin1');
  await using spool = await spoolDirectory();
  await using guessed = await readBody(spool.path, body);
  assert.deepEqual(guessed.warnings, ['Line 1 is not UTF-8 text: the table was read as Latin-1 (windows-1252).']);
  await using told = await readBody(spool.path, body, 'csv', {}, { csv: { encoding: 'latin-1' } });
  assert.deepEqual(told.warnings, []);
  for (const table of [guessed, told]) {
    assert.deepEqual(
      table.columns.map(({ name }) => name),
      ['größe', '€'],
    );
    assert.deepEqual(await rowsOf(table), [
      [1, 2],
      [3, 4],
    ]);
  }
});

test('Latin-1 that shows late is still read as such from the start', async () => {
  const name = Buffer.from('é', 'latin1');
  const body = Buffer.concat([name, Buffer.from(`\n${'1\n'.repeat(100_000)}`), name, Buffer.from('\n')]);
  await using spool = await spoolDirectory();
  await assert.rejects(readBody(spool.path, body), {
    message: /^Data row 100001, column "é": expected a number, got "é"\. /,
  });
});

test('a first line of numbers is taken for names with a warning, and for a row when the request says so', async () => {
  await using spool = await spoolDirectory();
  const read = async (header?: boolean) => {
    await using table = await readBody(spool.path, '0.1,2\n3,4\n5,6\n', 'csv', {}, { csv: { header } });
    return { names: table.columns.map(({ name }) => name), rows: await rowsOf(table), warnings: table.warnings };
  };
  const rows = [
    [3, 4],
    [5, 6],
  ];
  const warning =
    'The first line holds numbers, but was read as the names of the columns: header=false says otherwise.';
  assert.deepEqual(await read(), { names: ['0.1', '2'], rows, warnings: [warning] });
  assert.deepEqual(await read(true), { names: ['0.1', '2'], rows, warnings: [] });
  assert.deepEqual(await read(false), { names: ['column1', 'column2'], rows: [[0.1, 2], ...rows], warnings: [] });
});

test('arrays without names get numbered ones', async () => {
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, '[1]\n[null]\n', 'ndjson');
  assert.deepEqual(
    table.columns.map(({ name }) => name),
    ['column1'],
  );
  assert.deepEqual(await rowsOf(table), [[1], [null]]);
});

test('columns may have the names that DuckDB itself gives, and any others', async () => {
  const names = ['file_row_number', 'filename', 'rowid', 'c1', 'c0', 'a "b"', "it's"];
  await using spool = await spoolDirectory();
  for (const columns of [names, names.slice(3)]) {
    const cells = columns.map((_, column) => column + 0.5);
    const header = columns.map((name) => `"${name.replaceAll('"', '""')}"`);
    await using table = await readBody(spool.path, `${header}\n${`${cells}\n`.repeat(40_000)}`, 'csv', {
      maxUploadBytes: 2 ** 22,
    });
    const rows = await rowsOf(table);
    assert.equal(rows.length, 40_000);
    assert.deepEqual([rows[0], rows[39_999]], [cells, cells]);
    assert.ok(table.correlations.values.every((line) => line.length === columns.length));
  }
});

test('texts in lines of JSON are what they are to JavaScript, those that are no Unicode but for what is none', async () => {
  const texts = ['x', 'é\n"q"', ' padded ', '\u0000z', '\u{1f600}', '\u2028', '1.50', "it's", '007', 'a,b'];
  const stored = texts.map((text) => text.replaceAll(/^ +| +$/g, ''));
  await using spool = await spoolDirectory();
  for (const [line, last] of [
    ['["x",1,true]', 'x'],
    ['["\\ud800x",1,true]', '\uFFFDx'],
  ]) {
    const arrays = `${texts.map((text, row) => `${JSON.stringify([text, row, row > 3])}\n`).join('')}${line}`;
    const object = (array: unknown[]) => JSON.stringify({ column1: array[0], column2: array[1], column3: array[2] });
    const objects = arrays.split('\n').map((line) => object(JSON.parse(line)));
    for (const body of [arrays, objects.join('\n')]) {
      await using table = await readBody(spool.path, body, 'ndjson');
      const rows = await rowsOf(table);
      assert.deepEqual(
        rows.map(([text]) => text),
        [...stored, last],
      );
      assert.deepEqual(
        [rows[4], rows[10]],
        [
          ['\u{1f600}', 4, true],
          [last, 1, true],
        ],
      );
    }
  }
});

test('a small table may be compressed by more than the limit', async () => {
  const body = `a\n${'1\n'.repeat(2 ** 20)}`;
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, gzipSync(body), 'csv', { maxRows: 2 ** 21 }, { gzip: true });
  assert.equal(table.rowCount, 2 ** 20);
  assert.equal(table.byteCount, body.length);
});

test('summarizes a column', async () => {
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, 'x\n1\n2\n4\n\n9\n');
  const [column] = table.columns;
  const { kind, missingCount } = column;
  assert.deepEqual({ kind, missingCount }, { kind: 'integer', missingCount: 1 });
  const { mean, standardDeviation, quantiles, ...rest } = numberSummary(column);
  assert.deepEqual(rest, {
    min: 1,
    max: 9,
    histogram: {
      edges: Array.from({ length: 21 }, (_, edge) => 1 * (1 - edge / 20) + 9 * (edge / 20)),
      counts: [1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    },
    distinctCount: 4,
  });
  // Quantiles are linear between neighbours: at 0.25, three quarters of the way from 1 to 2.
  const expected = { 0.01: 1.03, 0.05: 1.15, 0.25: 1.75, 0.5: 3, 0.75: 5.25, 0.95: 8.25, 0.99: 8.85 };
  assert.deepEqual(Object.keys(quantiles), Object.keys(expected));
  const got = [mean, standardDeviation, ...Object.values(quantiles)];
  [4, Math.sqrt(38 / 3), ...Object.values(expected)].forEach((value, index) => {
    assert.ok(Math.abs(Number(got[index]) - value) < 1e-12, `${got[index]} is not ${value}`);
  });
});

test('numbers at the ends of the range neither overflow nor vanish', async () => {
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, 'big,small\n1.7e308,5e-324\n-1.7e308,0\n');
  const [big, small] = table.columns.map(numberSummary);
  assert.equal(big.mean, 0);
  assert.deepEqual([big.min, big.max], [-1.7e308, 1.7e308]);
  assert.ok(big.histogram.edges.every(Number.isFinite));
  assert.equal(small.max, 5e-324);
  assert.deepEqual(await rowsOf(table), [
    [1.7e308, 5e-324],
    [-1.7e308, 0],
  ]);
});

test('in a single column a blank line is a missing cell, but not at the end', async () => {
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, 'a\r\n1\r\n\r\n""\r\n3\r\n\r\n \r\n');
  assert.deepEqual(await rowsOf(table), [[1], [null], [null], [3]]);
});

test('constant and empty columns are taken with a warning', async () => {
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, 'a,b,c\n1,7,\n2,7,\n');
  assert.deepEqual(table.warnings, [
    'Column "b" is constant: every value is 7.',
    'Column "c" is missing in all 2 rows.',
  ]);
  const empty = { min: null, max: null, mean: null, standardDeviation: null, quantiles: {}, distinctCount: 0 };
  assert.deepEqual(table.columns[2].summary, { ...empty, histogram: { edges: [], counts: [] } });
});

test('many rows keep their order through parts of at most about 4 MB', async () => {
  const rowCount = 400_000;
  await using spool = await spoolDirectory();
  const body = `row,third\n${Array.from({ length: rowCount }, (_, row) => `${row},${row / 3}\n`).join('')}`;
  await using table = await readBody(spool.path, body);
  const parts = await collect(table.parts());
  assert.ok(parts.length > 1);
  assert.ok(parts.every(({ bytes }) => bytes.length < 4.5e6));
  const matrix = await readMatrix(Readable.from(parts), numbers('third', 'row'), rowCount);
  assert.ok(matrix.buffer instanceof SharedArrayBuffer);
  for (let row = 0; row < rowCount; row++)
    if (matrix[2 * row] !== row / 3 || matrix[2 * row + 1] !== row) assert.fail(`row ${row} is out of place`);
});

test('a thousand columns make several parts too', async () => {
  const [rowCount, width] = [2_000, 1_000];
  const names = Array.from({ length: width }, (_, column) => `c${width - column}`);
  const cells = (row: number) => names.map((_, column) => row + column / 1_024);
  await using spool = await spoolDirectory();
  const body = `${names}\n${Array.from({ length: rowCount }, (_, row) => `${cells(row)}\n`).join('')}`;
  await using table = await readBody(spool.path, body, 'csv', { maxUploadBytes: 2 ** 26 });
  const parts = await collect(table.parts());
  assert.ok(parts.every(({ bytes }) => bytes.length < 5e6));
  const matrix = await readMatrix(Readable.from(parts), numbers(...names), rowCount);
  assert.deepEqual([...matrix.subarray(1_500 * width, 1_501 * width)], cells(1_500));
});

test('a table that is no longer wanted is given up', async () => {
  await using spool = await spoolDirectory();
  const abort = new AbortController();
  const chunks = Readable.from(
    (async function* () {
      yield Buffer.from('a\n1\n');
      abort.abort();
      yield Buffer.from('2\n');
    })(),
  );
  await assert.rejects(
    readTable({ chunks, format: 'csv', spoolDirectory: spool.path, limits: tableLimits, signal: abort.signal }),
    { name: 'AbortError' },
  );
  assert.deepEqual(await spool.leftovers(), []);
});

test('many tables at once are all read', async () => {
  await using spool = await spoolDirectory();
  const reads = Array.from({ length: 6 }, async (_, index) => {
    await using table = await readBody(spool.path, `a\n${index}\n`);
    return await rowsOf(table);
  });
  assert.deepEqual(
    await Promise.all(reads),
    [0, 1, 2, 3, 4, 5].map((index) => [[index]]),
  );
  assert.deepEqual(await spool.leftovers(), []);
});

test('a refused table makes way for the next', async () => {
  await using spool = await spoolDirectory();
  for (let count = 0; count < 4; count++) await assert.rejects(readBody(spool.path, 'a\ninf\n'));
  await using table = await readBody(spool.path, 'a\n1\n');
  assert.equal(table.rowCount, 1);
});
