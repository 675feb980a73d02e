import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { CsvOptions } from '../../src/table/csv-layout.ts';
import { TableError } from '../../src/table/errors.ts';
import type { TableFormat } from '../../src/table/ingest.ts';
import { readBody, spoolDirectory, type tableLimits } from '../support/tables.ts';

interface BadTable {
  readonly what: string;
  readonly body: string | Buffer;
  readonly code: string;
  readonly message: string;
  readonly path?: string;
  readonly limits?: Partial<typeof tableLimits>;
  readonly gzip?: boolean;
  readonly csv?: CsvOptions;
}

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

const badCsv: BadTable[] = [
  {
    what: 'a PNG',
    body: png,
    code: 'not-text',
    message: 'Line 3 holds a NUL byte, which text does not have.',
  },
  {
    what: 'Latin-1 where UTF-8 was announced',
    body: Buffer.from('a,b\n1,2\n\xe9,3\n', 'latin1'),
    csv: { encoding: 'utf-8' },
    code: 'not-text',
    message: 'Line 3 is not UTF-8 text.',
  },
  {
    what: 'Latin-1 words',
    body: Buffer.from('a,b\n1,2\n\xe9,3\n', 'latin1'),
    code: 'not-a-number',
    message: 'Line 3, column "a": expected a number, got "é". Only numeric columns can be used.',
  },
  {
    what: 'UTF-16 that is cut inside a character',
    body: Buffer.from('\uFEFFa,b\n1,2\n3,4', 'utf16le').subarray(0, -1),
    code: 'not-text',
    message: 'Line 3 is not UTF-16 text.',
  },
  {
    what: 'UTF-16 without a byte order mark',
    body: Buffer.from('a,b\n1,2\n', 'utf16le'),
    code: 'not-text',
    message: 'Line 1 holds a NUL byte, which text does not have.',
  },
  {
    what: 'a NUL byte',
    body: 'a,b\n1,2\n\x003,4\n',
    code: 'not-text',
    message: 'Line 3 holds a NUL byte, which text does not have.',
  },
  {
    what: 'JSON',
    body: ' {"rows": [[1]]}',
    code: 'not-csv',
    message: 'The body starts like JSON: send it with Content-Type: application/json.',
  },
  {
    what: 'a quote left open',
    body: 'a,b\n1,"2\n3,4\n',
    code: 'not-csv',
    message: 'Line 2 is not valid CSV: a quoted value is not closed, or goes on after it.',
  },
  {
    what: 'a quoted name that goes on in the next line',
    body: 'a,"b\nc"\n1,2\n',
    code: 'not-csv',
    message: 'Line 1 is not valid CSV: a quoted value is not closed in it.',
  },
  {
    what: 'Parquet',
    body: 'PAR1...',
    code: 'not-csv',
    message: 'The body starts like Parquet: send it with Content-Type: application/vnd.apache.parquet.',
  },
  {
    what: 'undeclared gzip',
    body: gzipSync('a\n1\n'),
    code: 'not-csv',
    message: 'The body starts like gzip: send it with Content-Encoding: gzip.',
  },
  {
    what: 'a cell of 20 MB',
    body: `a,"b c",d\n1,2,3\n4,${'5'.repeat(20e6)},6\n`,
    limits: { maxUploadBytes: 2 ** 25 },
    code: 'line-too-long',
    message: 'Line 3 is longer than 8388608 bytes, the most that a row may have: see column "b c".',
  },
  {
    what: 'a name of 20 MB',
    body: `a,${'b'.repeat(20e6)}\n1,2\n`,
    limits: { maxUploadBytes: 2 ** 25 },
    code: 'line-too-long',
    message: 'Line 1 is longer than 8388608 bytes, the most that a row may have.',
  },
  {
    what: 'digits in groups',
    body: 'a_b,c\r\n1,2\r\n3,1_000\r\n4_0,5\r\n',
    code: 'not-a-number',
    message: 'Line 3, column "c": expected a number, got "1_000". Only numeric columns can be used.',
  },
  {
    what: 'digits in groups without a header',
    body: '1_0,2\n3,4\n',
    csv: { header: false },
    code: 'not-a-number',
    message: 'Line 1, column "column1": expected a number, got "1_0". Only numeric columns can be used.',
  },
  {
    what: 'decimal commas',
    body: 'a;b\n1;2,5\n',
    code: 'not-a-number',
    message: 'Line 2, column "b": expected a number, got "2,5". Only numeric columns can be used.',
  },
  {
    what: 'another delimiter than announced',
    body: 'a,b\n1,2\n',
    csv: { delimiter: ';' },
    code: 'no-numeric-columns',
    message: 'No column holds numbers: only numeric columns can be used.',
  },
  {
    what: 'a row too short',
    body: 'a,b\n1,2\n3\n4,5\n',
    code: 'ragged-row',
    message: 'Line 3: expected 2 values, as many as line 1 has, got 1.',
  },
  {
    what: 'a row too long, far down',
    body: `a,b\n${'1,2\n'.repeat(50_000)}3,4,5\n`,
    code: 'ragged-row',
    message: 'Line 50002: expected 2 values, as many as line 1 has, got 3.',
  },
  {
    what: 'a word among numbers',
    body: 'a,"b ""c"""\n1,2\n3,n/a\n',
    code: 'not-a-number',
    message: 'Line 3, column "b \\"c\\"": expected a number, got "n/a". Only numeric columns can be used.',
  },
  {
    what: 'words only',
    body: 'name,city\nAda,London\n',
    code: 'no-numeric-columns',
    message: 'No column holds numbers: only numeric columns can be used.',
  },
  {
    what: 'empty cells only',
    body: 'a,b\n,\n,\n',
    code: 'no-numeric-columns',
    message: 'Every cell is empty: no column holds numbers.',
  },
  {
    what: 'nothing',
    body: '',
    code: 'empty-table',
    message: 'The table is empty: expected a header row and data rows.',
  },
  {
    what: 'blank lines',
    body: '\n\n',
    code: 'empty-table',
    message: 'The table is empty: expected a header row and data rows.',
  },
  {
    what: 'a header alone',
    body: 'a,b\n',
    code: 'no-rows',
    message: 'The table has no rows: only column names were found.',
  },
  {
    what: 'a name twice',
    body: 'a,b,a\n1,2,3\n',
    code: 'column-names',
    message: 'Columns 1 and 3 are both called "a".',
  },
  {
    what: 'names that differ in case',
    body: 'a,A\n1,2\n',
    code: 'column-names',
    message: 'Columns 1 and 2 are both called "A" but for case.',
  },
  { what: 'a column without a name', body: ',b\n1,2\n', code: 'column-names', message: 'Column 1 has no name.' },
  {
    what: 'infinity',
    body: 'a,b\n1,2\n3,inf\n',
    code: 'not-a-number',
    message: 'Data row 2, column "b": expected a finite number, got Infinity.',
  },
  {
    what: 'NaN',
    body: 'a,b\n1,2\nNaN,4\n',
    code: 'not-a-number',
    message: 'Data row 2, column "a": expected a finite number, got NaN.',
  },
  {
    what: 'more bytes than allowed',
    body: 'a,b\n1,2\n',
    limits: { maxUploadBytes: 7 },
    code: 'too-many-bytes',
    message: 'The table is larger than MAX_UPLOAD_BYTES=7 allows.',
  },
  {
    what: 'more rows than allowed',
    body: 'a\n1\n2\n3\n',
    limits: { maxRows: 2 },
    code: 'too-many-rows',
    message: '3 rows are more than MAX_ROWS=2 allows.',
  },
  {
    what: 'more columns than allowed',
    body: 'a,b,c\n1,2,3\n',
    limits: { maxColumns: 2 },
    code: 'too-many-columns',
    message: '3 columns are more than MAX_COLUMNS=2 allows.',
  },
  {
    what: '10,001 columns',
    body: `${Array.from({ length: 10_001 }, (_, column) => `c${column}`)}\n${'1,'.repeat(10_000)}1\n`,
    code: 'too-many-columns',
    message: '10001 columns are more than MAX_COLUMNS=1000 allows.',
  },
];

const badJson: BadTable[] = [
  {
    what: 'nothing',
    body: '',
    code: 'empty-table',
    message: 'The body is empty: expected JSON with "rows" or "records".',
  },
  {
    what: 'half of it',
    body: '{"rows": [[1,',
    code: 'not-json',
    message: 'The body is not valid JSON: it ends too early.',
  },
  {
    what: 'an array',
    body: '[[1]]',
    code: 'not-json',
    path: '',
    message: 'The body must be a JSON object with "rows" or "records".',
  },
  {
    what: 'a misspelt key',
    body: '{"row": [[1]]}',
    code: 'unknown-key',
    path: '/row',
    message: 'Unknown key "row": expected name, columns, rows, records.',
  },
  { what: 'rows of another type', body: '{"rows": 5}', code: 'not-json', path: '/rows', message: 'Expected an array.' },
  {
    what: 'a row of another type',
    body: '{"rows": [[1], 2]}',
    code: 'not-json',
    path: '/rows/1',
    message: 'Expected an array, got 2.',
  },
  {
    what: 'a ragged row',
    body: '{"columns": ["a", "b"], "rows": [[1, 2], [3]]}',
    code: 'ragged-row',
    path: '/rows/1',
    message: 'Expected 2 values, got 1.',
  },
  {
    what: 'a text',
    body: '{"columns": ["a", "b"], "rows": [[1, 2], [3, "4"]]}',
    code: 'not-a-number',
    path: '/rows/1/1',
    message: 'Expected a finite number or null, got "4".',
  },
  {
    what: 'a number beyond doubles',
    body: '{"columns": ["a"], "rows": [[1e999]]}',
    code: 'not-a-number',
    path: '/rows/0/0',
    message: 'Expected a finite number or null, got one that is too large.',
  },
  {
    what: 'rows without names',
    body: '{"rows": [[1, 2]]}',
    code: 'column-names',
    path: '/columns',
    message: 'Expected "columns", the names of the columns of "rows".',
  },
  {
    what: 'too few names',
    body: '{"rows": [[1, 2]], "columns": ["a"]}',
    code: 'column-names',
    path: '/columns',
    message: 'Expected 2 names, as many as a row has values, got 1: ["a"].',
  },
  {
    what: 'a record with another key',
    body: '{"records": [{"a": 1, "b": 2}, {"a": 1, "c": 2}]}',
    code: 'ragged-row',
    path: '/records/1',
    message: 'Unknown column "c": expected a, b.',
  },
  {
    what: 'no rows',
    body: '{"columns": ["a"], "rows": []}',
    code: 'no-rows',
    message: 'The table has no rows: expected some in "rows" or "records".',
  },
  {
    what: 'bytes that are not text',
    body: Buffer.from('{"name": "\xe9", "rows": [[1]]}', 'latin1'),
    code: 'not-text',
    message: 'The body is not UTF-8 text: see the bytes after the first 7.',
  },
  {
    what: 'NaN',
    body: '{"columns": ["a"], "rows": [[NaN]]}',
    code: 'not-json',
    message: 'The body is not valid JSON: unexpected "N" at byte 29.',
  },
  {
    what: 'a name twice',
    body: '{"columns": ["a", "a"], "rows": [[1, 2]]}',
    code: 'column-names',
    message: 'Columns 1 and 2 are both called "a".',
  },
  {
    what: '10,001 columns',
    body: `{"records": [{${Array.from({ length: 10_001 }, (_, column) => `"c${column}": 1`)}}]}`,
    code: 'too-many-columns',
    message: '10001 columns are more than MAX_COLUMNS=1000 allows.',
  },
  {
    what: 'a cell of 20 MB',
    body: `{"columns": ["a", "b"], "rows": [[1, 2], [3, "${'4'.repeat(20e6)}"]]}`,
    limits: { maxUploadBytes: 2 ** 25 },
    code: 'line-too-long',
    message: 'Row 1 is longer than 8388608 bytes, the most that a row may have.',
  },
  {
    what: 'a NUL byte',
    body: '{"columns": ["a"], "rows": [[1],\0[2]]}',
    code: 'not-json',
    message: 'The body is not valid JSON: unexpected "\\u0000" at byte 32.',
  },
];

const badNdjson: BadTable[] = [
  {
    what: 'nothing',
    body: '\n \n',
    code: 'empty-table',
    message: 'The table is empty: expected a JSON object or array in each line.',
  },
  {
    what: 'names alone',
    body: '["a","b"]\n',
    code: 'no-rows',
    message: 'The table has no rows: only column names were found.',
  },
  {
    what: 'empty objects',
    body: '{}\n{}\n',
    code: 'no-numeric-columns',
    message: 'The rows are empty: the table has no columns.',
  },
  {
    what: 'a line that is cut off',
    body: '{"a":1}\n\n{"a":',
    code: 'not-json',
    message: 'Line 3 is not valid JSON: Unexpected end of JSON input.',
  },
  {
    what: 'two objects in a line',
    body: '{"a":1}{"a":2}\n',
    code: 'not-json',
    message:
      'Line 1 is not valid JSON: Unexpected non-whitespace character after JSON at position 7 (line 1 column 8).',
  },
  { what: 'a number', body: '5\n', code: 'not-json', message: 'Line 1: expected an object, got 5.' },
  {
    what: 'an array among objects',
    body: '{"a":1}\n[2]\n',
    code: 'not-json',
    message: 'Line 2: expected an object, got [2].',
  },
  {
    what: 'an object among arrays',
    body: '[1]\n{"a":1}\n',
    code: 'not-json',
    message: 'Line 2: expected an array, got {"a":1}.',
  },
  {
    what: 'another key',
    body: '{"a":1}\n{"b":1}\n',
    code: 'ragged-row',
    message: 'Line 2: unknown column "b": expected a.',
  },
  {
    what: 'a row that is longer than the names',
    body: '["a","b"]\n[1,2,3]\n',
    code: 'ragged-row',
    message: 'Line 2: expected 2 values, got 3.',
  },
  {
    what: 'a text',
    body: '{"a b":1}\n{"a b":"1"}\n',
    code: 'not-a-number',
    message: 'Line 2, column "a b": expected a finite number or null, got "1".',
  },
  {
    what: 'a text in an array',
    body: '[1,2]\n[3,true]\n',
    code: 'not-a-number',
    message: 'Line 2, value 2: expected a finite number or null, got true.',
  },
  {
    what: 'NaN',
    body: '{"a":NaN}\n',
    code: 'not-json',
    message: `Line 1 is not valid JSON: Unexpected token 'N', "{"a":NaN}" is not valid JSON.`,
  },
  {
    what: 'a number beyond doubles',
    body: '{"a":1}\n{"a":-1e999}\n',
    code: 'not-a-number',
    message: 'Line 2, column "a": expected a finite number or null, got one that is too large.',
  },
  {
    what: 'an object with a key twice',
    body: '{"a":1,"b":2}\n\n{"a":"x","b":2,"a":3}\n',
    code: 'not-json',
    message: 'Line 3: a key stands twice in the object.',
  },
  {
    what: 'a name twice',
    body: '["a","a"]\n[1,2]\n',
    code: 'column-names',
    message: 'Columns 1 and 2 are both called "a".',
  },
  {
    what: 'bytes that are not text',
    body: Buffer.from('{"a":1}\n{"\xe9":1}\n', 'latin1'),
    code: 'not-text',
    message: 'Line 2 is not UTF-8 text.',
  },
  {
    what: 'a NUL byte',
    body: '{"a":1}\n\0',
    code: 'not-text',
    message: 'Line 2 holds a NUL byte, which text does not have.',
  },
  {
    what: 'a line of 20 MB',
    body: `{"a":1}\n{"a":${'1'.repeat(20e6)}}`,
    limits: { maxUploadBytes: 2 ** 25 },
    code: 'line-too-long',
    message: 'Line 2 is longer than 8388608 bytes, the most that a row may have.',
  },
];

const table = gzipSync(`a,b\n${'1,2\n'.repeat(1_000)}`);
const badGzip: BadTable[] = [
  {
    what: 'nothing',
    body: '',
    code: 'not-gzip',
    message: 'The gzip data is damaged or ends too early: unexpected end of file.',
  },
  {
    what: 'what is not gzip',
    body: 'a,b\n1,2\n',
    code: 'not-gzip',
    message: 'The gzip data is damaged or ends too early: incorrect header check.',
  },
  {
    what: 'half of it',
    body: table.subarray(0, table.length / 2),
    code: 'not-gzip',
    message: 'The gzip data is damaged or ends too early: unexpected end of file.',
  },
  {
    what: 'a wrong checksum',
    body: Buffer.from(table.map((byte, index) => (index === table.length - 8 ? byte ^ 1 : byte))),
    code: 'not-gzip',
    message: 'The gzip data is damaged or ends too early: incorrect data check.',
  },
  {
    what: 'more bytes than allowed, decompressed',
    body: gzipSync(`a\n${'1\n'.repeat(2 ** 20)}`),
    limits: { maxUploadBytes: 2 ** 20 },
    code: 'too-many-bytes',
    message: 'The table is larger than MAX_UPLOAD_BYTES=1048576 allows.',
  },
  {
    what: 'a zip bomb',
    body: gzipSync(`a\n${'1\n'.repeat(2 ** 23)}`),
    limits: { maxUploadBytes: 2 ** 31 },
    code: 'too-compressed',
    message: 'The table grows, decompressed, by more than MAX_COMPRESSION_RATIO=200 allows.',
  },
];

function refuses(format: TableFormat, tables: readonly BadTable[]) {
  for (const { what, body, code, message, path, limits, gzip, csv } of tables)
    test(`a ${gzip ? 'compressed ' : ''}${format} table of ${what} is refused and leaves nothing behind`, async () => {
      await using spool = await spoolDirectory();
      await assert.rejects(readBody(spool.path, body, format, limits, { gzip, csv }), (error) => {
        assert.ok(error instanceof TableError, String(error));
        assert.deepEqual({ code: error.code, message: error.message, path: error.path }, { code, message, path });
        return true;
      });
      assert.deepEqual(await spool.leftovers(), []);
    });
}

refuses('csv', badCsv);
refuses('json', badJson);
refuses('ndjson', badNdjson);
refuses(
  'csv',
  badGzip.map((bad) => ({ ...bad, gzip: true })),
);
