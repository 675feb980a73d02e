import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TableError } from '../../src/table/errors.ts';
import { readMatrix, readRows } from '../../src/table/matrix.ts';
import { parquetOf } from '../support/parquet.ts';
import { collect, numbered, numbers, readBody, spoolDirectory, type tableLimits } from '../support/tables.ts';

test('numbers of every type are read', async () => {
  const cells = {
    tiny: '(-128)::TINYINT',
    small: '(-32768)::SMALLINT',
    int: '(-2147483648)::INTEGER',
    big: '9007199254740991::BIGINT',
    utiny: '255::UTINYINT',
    usmall: '65535::USMALLINT',
    uint: '4294967295::UINTEGER',
    ubig: '9007199254740991::UBIGINT',
    float: '0.1::FLOAT',
    double: '0.1::DOUBLE',
    decimal: '1234.5::DECIMAL(9, 2)',
    wide: '0.125::DECIMAL(38, 10)',
    none: 'NULL::DOUBLE',
  };
  const columns = Object.entries(cells).map(([name, value]) => `${value} AS "${name}"`);
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, await parquetOf(`SELECT ${columns}`), 'parquet');
  assert.deepEqual(
    table.columns.map(({ name }) => name),
    Object.keys(cells),
  );
  const integers = table.columns.filter(({ kind }) => kind === 'integer').map(({ name }) => name);
  assert.deepEqual(integers, ['tiny', 'small', 'int', 'big', 'utiny', 'usmall', 'uint', 'ubig']);
  const largest = 2 ** 53 - 1;
  assert.deepEqual(
    [...(await readMatrix(table.parts(), numbers(...Object.keys(cells)), 1))],
    [
      -128,
      -32768,
      -(2 ** 31),
      largest,
      255,
      65535,
      2 ** 32 - 1,
      largest,
      Math.fround(0.1),
      0.1,
      1234.5,
      0.125,
      Number.NaN,
    ],
  );
});

test('booleans, texts, dates and times are read', async () => {
  const cells = {
    yes: ['true', 'boolean', true],
    text: ["'007'", 'categorical', '007'],
    chosen: ["'b'::ENUM ('a', 'b')", 'categorical', 'b'],
    uuid: ["'01930000-0000-7000-8000-000000000000'::UUID", 'categorical', '01930000-0000-7000-8000-000000000000'],
    time: ["TIME '12:30:00'", 'categorical', '12:30:00'],
    day: ["DATE '2024-02-29'", 'dates', '2024-02-29'],
    at: ["TIMESTAMP '2024-02-29 12:00:00.25'", 'dates', '2024-02-29 12:00:00.25'],
    nanoseconds: ["TIMESTAMP_NS '2024-02-29 12:00:00'", 'dates', '2024-02-29 12:00:00'],
    zoned: ["TIMESTAMPTZ '2024-02-29 12:00:00+02'", 'dates', '2024-02-29 10:00:00+00'],
    nan: ["'nan'::FLOAT", 'continuous', null],
    none: ["'NA'", 'continuous', null],
  };
  const columns = Object.entries(cells).map(([name, [value]]) => `${value} AS "${name}"`);
  const body = await parquetOf(`SELECT ${columns}`);
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, body, 'parquet');
  assert.deepEqual(
    table.columns.map(({ name, kind, reason }) => [name, reason === 'dates' ? reason : kind]),
    Object.entries(cells).map(([name, [, kind]]) => [name, kind]),
  );
  const rows = readRows(numbered(table.parts()), Object.keys(cells), { offset: 0, limit: 9 });
  assert.deepEqual((await collect(rows)).flat(), [Object.values(cells).map(([, , back]) => back)]);
});

test('dates of Parquet are days when asked', async () => {
  const body = await parquetOf("SELECT DATE '2024-02-29' AS day, TIMESTAMPTZ '2024-02-29 12:00:00-06' AS \"at\"");
  const columns = ['day', 'at'].map((name) => ({ name, kind: 'continuous' }) as const);
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, body, 'parquet', {}, { columns });
  assert.deepEqual([...(await readMatrix(table.parts(), numbers('day', 'at'), 1))], [19_782, 19_782.75]);
});

for (const options of [
  'COMPRESSION zstd',
  'COMPRESSION gzip, ROW_GROUP_SIZE 2048',
  'COMPRESSION snappy, PARQUET_VERSION v2',
])
  test(`many rows keep their order: ${options}`, async () => {
    const rowCount = 700_000;
    const query = `SELECT range AS row, CASE WHEN range % 3 > 0 THEN range / 4 END AS "fourth 'of' it" FROM range(${rowCount})`;
    await using spool = await spoolDirectory();
    {
      await using table = await readBody(spool.path, await parquetOf(query, options), 'parquet');
      const matrix = await readMatrix(table.parts(), numbers("fourth 'of' it", 'row'), rowCount);
      for (let row = 0; row < rowCount; row++)
        if (!Object.is(matrix[2 * row], row % 3 > 0 ? row / 4 : Number.NaN) || matrix[2 * row + 1] !== row)
          assert.fail(`row ${row} is out of place`);
    }
    assert.deepEqual(await spool.leftovers(), []);
  });

test('a table of many columns is read, and in order', async () => {
  const [rowCount, width] = [5_000, 120];
  const cells = Array.from({ length: width }, (_, column) => `range * ${column + 1} AS "column ${column}"`);
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, await parquetOf(`SELECT ${cells} FROM range(${rowCount})`), 'parquet');
  const names = table.columns.map(({ name }) => name);
  assert.deepEqual([names[0], names[width - 1]], ['column 0', `column ${width - 1}`]);
  const matrix = await readMatrix(table.parts(), numbers(...names), rowCount);
  for (let row = 0; row < rowCount; row++)
    for (let column = 0; column < width; column++)
      if (matrix[row * width + column] !== row * (column + 1))
        assert.fail(`row ${row}, column ${column} is out of place`);
});

const good = await parquetOf('SELECT range AS aa, range / 2 AS bb FROM range(3000)');

/** The file with other bytes of the same number in place of all that are `from`. */
function replaced(file: Buffer, from: string | Buffer, to: string | Buffer): Buffer {
  const [before, after] = [from, to].map((bytes) => Buffer.from(bytes).toString('latin1'));
  assert.ok(before.length === after.length && file.includes(before, 0, 'latin1'));
  return Buffer.from(file.toString('latin1').replaceAll(before, after), 'latin1');
}

const patched = (from: string | Buffer, to: string | Buffer) => replaced(good, from, to);

interface BadParquet {
  readonly body: Buffer;
  readonly code: string;
  readonly message: string | RegExp;
  readonly limits?: Partial<typeof tableLimits>;
}

const unreadable = (reason: string) => `The body could not be read as Parquet: ${reason}.`;

const bad: Record<string, BadParquet> = {
  nothing: {
    body: Buffer.alloc(0),
    code: 'not-parquet',
    message: unreadable("File 'upload' too small to be a Parquet file"),
  },
  text: {
    body: Buffer.from('a,b\n1,2\n3,4\n'),
    code: 'not-parquet',
    message: unreadable("No magic bytes found at end of file 'upload'"),
  },
  'its first half': {
    body: good.subarray(0, good.length / 2),
    code: 'not-parquet',
    message: unreadable("No magic bytes found at end of file 'upload'"),
  },
  'its second half': {
    body: good.subarray(good.length / 2),
    code: 'not-parquet',
    message: /^The body could not be read as Parquet: /,
  },
  'zeros where its pages were': {
    body: Buffer.concat([good.subarray(0, 4), Buffer.alloc(good.length - 1_004), good.subarray(good.length - 1_000)]),
    code: 'not-parquet',
    message: /^The body could not be read as Parquet: /,
  },
  'a name twice': {
    body: patched('bb', 'aa'),
    code: 'column-names',
    message: 'Columns 1 and 2 are both called "aa".',
  },
  'names that differ in case': {
    body: patched('bb', 'AA'),
    code: 'column-names',
    message: 'Columns 1 and 2 are both called "AA" but for case.',
  },
  'another number of rows than it says': {
    // The number of rows in the footer, 3,000, as a zigzag varint before the list of row groups.
    body: patched(Buffer.from('16f02e191c', 'hex'), Buffer.from('16f22e191c', 'hex')),
    code: 'not-parquet',
    message: 'The Parquet file says that it has 3001 rows, but has 3000.',
  },
  lists: {
    body: await parquetOf('SELECT [1, 2] AS list'),
    code: 'column-type',
    message: 'Column "list" is of type INTEGER[]: only numbers, booleans, texts, dates and times can be used.',
  },
  'decimals of 60 digits': {
    // The precision in the footer, 38, as a zigzag varint.
    body: replaced(
      await parquetOf('SELECT 1::DECIMAL(38, 10) AS a'),
      Buffer.from('154c', 'hex'),
      Buffer.from('1578', 'hex'),
    ),
    code: 'column-type',
    message:
      'Column "a" is of type DECIMAL of more than 38 digits: only numbers, booleans, texts, dates and times can be used.',
  },
  infinity: {
    body: await parquetOf("SELECT 1 AS a, CASE WHEN range = 2 THEN '-inf'::FLOAT ELSE 0 END AS b FROM range(4)"),
    code: 'not-a-number',
    message: 'Data row 3, column "b": expected a finite number, got -Infinity.',
  },
  'no rows': {
    body: await parquetOf('SELECT range AS a FROM range(0)'),
    code: 'no-rows',
    message: 'The table has no rows: only column names were found.',
  },
  'empty cells only': {
    body: await parquetOf('SELECT NULL AS a FROM range(3)'),
    code: 'no-values',
    message: 'Every cell is missing: no column has a value.',
  },
  'more bytes than allowed': {
    body: good,
    limits: { maxUploadBytes: 10_000 },
    code: 'too-many-bytes',
    message: 'The table is larger than MAX_UPLOAD_BYTES=10000 allows.',
  },
  'more rows than allowed': {
    body: good,
    limits: { maxRows: 2_999 },
    code: 'too-many-rows',
    message: '3000 rows are more than MAX_ROWS=2999 allows.',
  },
  'more columns than allowed': {
    body: good,
    limits: { maxColumns: 1 },
    code: 'too-many-columns',
    message: '2 columns are more than MAX_COLUMNS=1 allows.',
  },
  'few bytes and many cells': {
    body: await parquetOf('SELECT 1 AS a, 2 AS b FROM range(1_000_000)', 'COMPRESSION zstd'),
    limits: { maxCells: 1_500_000 },
    code: 'too-many-cells',
    message: '1000000 rows of 2 columns are more cells than MAX_CELLS=1500000 allows.',
  },
};

for (const [what, { body, code, message, limits }] of Object.entries(bad))
  test(`a Parquet file of ${what} is refused and leaves nothing behind`, async () => {
    await using spool = await spoolDirectory();
    await assert.rejects(readBody(spool.path, body, 'parquet', limits), (error) => {
      assert.ok(error instanceof TableError, String(error));
      assert.equal(error.code, code, error.message);
      if (message instanceof RegExp) assert.match(error.message, message);
      else assert.equal(error.message, message);
      return true;
    });
    assert.deepEqual(await spool.leftovers(), []);
  });

test('a damaged Parquet file is refused or read, wherever the damage is', async () => {
  await using spool = await spoolDirectory();
  let refused = 0;
  for (let damage = 0; damage < 60; damage++) {
    const body = Buffer.from(good);
    // Mostly in the footer, where nothing is a plain number.
    const place = good.length - 9 - ((damage * 2_654_435_761) % (damage % 4 === 0 ? good.length - 16 : 400));
    body[place] ^= 0x55;
    try {
      await using table = await readBody(spool.path, body, 'parquet');
      assert.equal(table.rowCount, 3_000);
    } catch (error) {
      assert.ok(error instanceof TableError, String(error));
      refused++;
    }
  }
  assert.ok(refused >= 5, `${refused} of 60 were refused`);
  assert.deepEqual(await spool.leftovers(), []);
});
