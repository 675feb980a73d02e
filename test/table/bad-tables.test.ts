import assert from 'node:assert/strict';
import { test } from 'node:test';
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
}

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

const badCsv: BadTable[] = [
  { what: 'a PNG', body: png, code: 'not-text', message: 'Line 1 is not UTF-8 text.' },
  {
    what: 'Latin-1',
    body: Buffer.from('a,b\n1,2\n\xe9,3\n', 'latin1'),
    code: 'not-text',
    message: 'Line 3 is not UTF-8 text.',
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
    what: 'newlines of two kinds',
    body: 'a,b\n1,2\r\n3,4\n',
    code: 'not-csv',
    message: 'The body could not be read as CSV: are its line endings of one kind?',
  },
  {
    what: 'a row too short',
    body: 'a,b\n1,2\n3\n4,5\n',
    code: 'ragged-row',
    message: 'Line 3: expected 2 values, as many as the header has names, got 1.',
  },
  {
    what: 'a row too long, far down',
    body: `a,b\n${'1,2\n'.repeat(50_000)}3,4,5\n`,
    code: 'ragged-row',
    message: 'Line 50002: expected 2 values, as many as the header has names, got 3.',
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
];

function refuses(format: TableFormat, tables: readonly BadTable[]) {
  for (const { what, body, code, message, path, limits } of tables)
    test(`a ${format} table of ${what} is refused and leaves nothing behind`, async () => {
      await using spool = await spoolDirectory();
      await assert.rejects(readBody(spool.path, body, format, limits), (error) => {
        assert.ok(error instanceof TableError, String(error));
        assert.deepEqual({ code: error.code, message: error.message, path: error.path }, { code, message, path });
        return true;
      });
      assert.deepEqual(await spool.leftovers(), []);
    });
}

refuses('csv', badCsv);
refuses('json', badJson);
