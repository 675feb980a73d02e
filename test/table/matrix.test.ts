import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { readMatrix, readRows } from '../../src/table/matrix.ts';
import { parquetOf } from '../../src/table/write-parquet.ts';
import { collect, numbered, numbers, readBody, spoolDirectory } from '../support/tables.ts';

test('a matrix has the columns asked for, in that order, and NaN for missing cells', async () => {
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, 'a,b,c\n1,2.5,3\n4,,6\n');
  const matrix = await readMatrix(table.parts(), numbers('c', 'b'), 2);
  assert.deepEqual([...matrix], [3, 2.5, 6, Number.NaN]);
});

test('a matrix of another number of rows than expected is refused', async () => {
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, 'a\n1\n2\n');
  await assert.rejects(readMatrix(table.parts(), numbers('a'), 3), { message: 'Expected 3 rows in all parts, got 2' });
  await assert.rejects(readMatrix(table.parts(), numbers('a'), 1), {
    message: 'Expected 1 rows in all parts, got more',
  });
});

test('rows come back from an offset that lies in a later part', async () => {
  await using spool = await spoolDirectory();
  const rowCount = 1_200_000;
  await using table = await readBody(
    spool.path,
    `a\n${Array.from({ length: rowCount }, (_, row) => `${row}\n`).join('')}`,
    'csv',
    { maxRows: rowCount },
  );
  const parts = await collect(numbered(table.parts()));
  assert.ok(parts.length > 2);
  // As the store does: parts that end before the offset are not read.
  const offset = parts[2].firstRow - 1;
  const batches = await collect(readRows(Readable.from(parts.slice(1)), ['a'], { offset, limit: 3 }));
  assert.deepEqual(batches.flat(), [[offset], [offset + 1], [offset + 2]]);
  const past = await collect(readRows(Readable.from(parts.slice(-1)), ['a'], { offset: rowCount - 1, limit: 9 }));
  assert.deepEqual(past.flat(), [[rowCount - 1]]);
});

test('parts of the same size, read one right after the other, are not taken for each other', async () => {
  const columns = [{ name: 'a', type: 'DOUBLE' }] as const;
  // Of nothing but missing cells a file has as many bytes for ten rows as for thirty.
  const part = async (rowCount: number) => ({
    rowCount,
    bytes: Buffer.concat(await collect(parquetOf(columns, [Array.from({ length: rowCount }, () => [null])]))),
  });
  const parts = [await part(30), await part(10), await part(20)];
  assert.equal(new Set(parts.map(({ bytes }) => bytes.length)).size, 1);
  const batches = await collect(readRows(numbered(Readable.from(parts)), ['a'], { offset: 0, limit: 100 }));
  assert.deepEqual(
    batches.flat(),
    Array.from({ length: 60 }, () => [null]),
  );
});
