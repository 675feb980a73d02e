import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cell } from '../../src/table/cells.ts';
import { type OutputColumn, outputColumn, parquetOf, storedColumn } from '../../src/table/write-parquet.ts';
import { readParquet } from '../support/parquet.ts';
import { collect } from '../support/tables.ts';

const columns: OutputColumn[] = [
  { name: 'double', type: 'DOUBLE' },
  { name: 'big "int"', type: 'BIGINT' },
  { name: 'truth', type: 'BOOLEAN' },
  { name: 'text', type: 'VARCHAR' },
];

async function written(batches: Cell[][][], of = columns) {
  return readParquet(Buffer.concat(await collect(parquetOf(of, batches))));
}

test('rows of every type come back from Parquet, missing cells too', async () => {
  const double = fc.double({ noDefaultInfinity: true, noNaN: true });
  const row = fc.tuple(
    fc.option(double),
    fc.option(fc.maxSafeInteger()),
    fc.option(fc.boolean()),
    fc.option(fc.string({ unit: 'grapheme' })),
  );
  const batches = fc.array(fc.array(row, { maxLength: 5 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(batches, async (rows) => {
      const back = await written(rows);
      assert.deepEqual(back.types, ['DOUBLE', 'BIGINT', 'BOOLEAN', 'VARCHAR']);
      assert.deepEqual(
        back.names,
        columns.map(({ name }) => name),
      );
      // -0 is 0 as a whole number.
      const whole = (cell: Cell) => (typeof cell === 'number' ? BigInt(cell) : cell);
      assert.deepEqual(
        back.rows,
        rows.flat().map(([a, b, c, d]) => [a, whole(b), c, d]),
      );
    }),
    { numRuns: 30 },
  );
});

test('infinite numbers are kept', async () => {
  const [double] = columns;
  const { rows } = await written([[[Number.NEGATIVE_INFINITY], [1]]], [double]);
  assert.deepEqual(rows, [[Number.NEGATIVE_INFINITY], [1]]);
});

test('batches larger than a chunk keep their order, and nothing is left on disk', async () => {
  const before = (await readdir(tmpdir())).filter((name) => name.startsWith('pushforward-'));
  const batch = Array.from({ length: 5_000 }, (_, row): Cell[] => [row / 2, row, row % 2 === 0, `${row}`]);
  const { rows } = await written([batch, [], batch]);
  assert.equal(rows.length, 10_000);
  assert.ok(rows.every(([half, whole], row) => half === (row % 5_000) / 2 && whole === BigInt(row % 5_000)));
  const after = (await readdir(tmpdir())).filter((name) => name.startsWith('pushforward-') && !before.includes(name));
  assert.deepEqual(after, []);
});

test('columns are of the types of their cells', () => {
  const category = (...categories: (string | number | boolean)[]) =>
    outputColumn({ name: 'a', kind: 'category', categories }).type;
  assert.deepEqual(
    [category('x'), category(1, 2), category(1, 2.5), category(true), category()],
    ['VARCHAR', 'BIGINT', 'DOUBLE', 'BOOLEAN', 'VARCHAR'],
  );
  assert.deepEqual(outputColumn({ name: 'a', kind: 'number' }), { name: 'a', type: 'DOUBLE' });
  assert.deepEqual(outputColumn({ name: 'a', kind: 'number', integer: true }).type, 'BIGINT');
  assert.deepEqual(
    storedColumn({ name: 'a', kind: 'boolean', summary: { categories: [{ value: true, count: 1 }] } }).type,
    'BOOLEAN',
  );
});
