import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { identifier, literal, openDatabase } from '../../src/table/duckdb.ts';
import { readMatrix } from '../../src/table/matrix.ts';
import { collect, numbers, readBody, spoolDirectory } from '../support/tables.ts';

test('the database that reads tables reaches no file but its own, no network, and no other setting', async () => {
  await using spool = await spoolDirectory();
  const [own, other] = [join(spool.path, 'own'), join(spool.path, 'other')];
  for (const directory of [own, other]) {
    await mkdir(directory);
    await writeFile(join(directory, 'table.csv'), 'x\n1\n');
  }
  const outside = join(other, 'table.csv');
  using database = await openDatabase(own);
  assert.equal((await database.query(`FROM read_csv(${literal(join(own, 'table.csv'))})`)).length, 1);
  for (const sql of [
    `FROM read_csv(${literal(outside)})`,
    `FROM read_csv(${literal(join(own, '..', 'other', 'table.csv'))})`,
    `FROM read_text('/etc/passwd')`,
    `FROM glob('/etc/*')`,
    `COPY (SELECT 1) TO ${literal(outside)}`,
    `ATTACH ${literal(join(other, 'new.db'))}`,
    `FROM read_csv('https://example.org/table.csv')`,
    `FROM read_parquet('s3://bucket/table')`,
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    `SET allowed_directories = ['/']`,
    'SET lock_configuration = false',
  ])
    await assert.rejects(database.query(sql), sql);
  assert.deepEqual(await readdir(other), ['table.csv']);
});

/** Names that would mean something to SQL, a shell, a file system or JavaScript, if they were not just names. */
const awkward = [
  `"; DROP TABLE x; --`,
  `' OR 1=1 --`,
  `x'); COPY (SELECT 1) TO '/tmp/injected' --`,
  `read_csv('/etc/passwd')`,
  '../../../etc/passwd',
  '$(id)',
  '`id`',
  '#{process.exit()}',
  '{{7*7}}',
  '%s%n%x',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'c0',
  'filename',
  'a"b',
  "a'b",
  'a\\b',
  'a,b',
  '=HYPERLINK("http://example.org")',
  '🜁 ß \u202e',
];

test('names and texts that are code elsewhere are names and texts', async () => {
  await using spool = await spoolDirectory();
  const cells = (row: number) => awkward.map((_, column) => row * 100 + column);
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const lines = [awkward, cells(1), cells(2)].map((line) => `${JSON.stringify(line)}\n`);
  const bodies = {
    csv: `${awkward.map(quoted)}\n${cells(1)}\n${cells(2)}\n`,
    ndjson: lines.join(''),
    json: JSON.stringify({ columns: awkward, rows: [cells(1), cells(2)] }),
  } as const;
  for (const format of ['csv', 'ndjson', 'json'] as const) {
    await using table = await readBody(spool.path, bodies[format], format);
    assert.deepEqual(
      table.columns.map(({ name }) => name),
      awkward,
      format,
    );
    const matrix = await readMatrix(table.parts(), numbers(...awkward), 2);
    assert.deepEqual([...matrix], [...cells(1), ...cells(2)], format);
  }
  await using texts = await readBody(
    spool.path,
    `text,other\n${awkward.map((cell) => `${quoted(cell)},1\n`).join('')}`,
  );
  using database = await openDatabase(spool.path);
  const path = join(spool.path, 'part');
  const [part] = await collect(texts.parts());
  await writeFile(path, part.bytes);
  const rows = await database.query(`SELECT ${identifier('text')} FROM read_parquet(${literal(path)})`);
  assert.deepEqual(
    rows.map(({ text }) => text),
    awkward,
  );
});

test('a small Parquet file that stands for very many cells is refused before it is unpacked', async () => {
  await using spool = await spoolDirectory();
  const path = join(spool.path, 'bomb.parquet');
  {
    using database = await openDatabase(spool.path);
    await database.query(
      `COPY (SELECT 1 AS x, 2 AS y FROM range(6_000_000)) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  }
  const bytes = await readFile(path);
  await rm(path);
  assert.ok(bytes.length < 100_000, `${bytes.length}`);
  await assert.rejects(readBody(spool.path, bytes, 'parquet', { maxRows: 10_000_000 }), {
    code: 'too-many-cells',
    message: '6000000 rows of 2 columns are more cells than MAX_CELLS=10000000 allows.',
  });
  assert.deepEqual(await spool.leftovers(), []);
});
