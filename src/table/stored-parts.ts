import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Source } from './cell-sql.ts';
import { codedRelation } from './coded-table.ts';
import type { ColumnCodes } from './codes.ts';
import { type Database, literal, openDatabase } from './duckdb.ts';
import { columnsWarnings, type TableDescription, type TablePart } from './ingest.ts';
import type { ColumnOptions } from './kinds.ts';
import { formTable, profile } from './profile.ts';
import { rawName, rowsPerPart } from './raw-parts.ts';
import type { CodedRows } from './row-problems.ts';
import type { OutputColumn } from './write-parquet.ts';

/** A directory for files, with a database over it; both are gone when it is disposed of. */
async function openWorkplace() {
  await using resources = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'pushforward-'));
  resources.defer(() => rm(directory, { recursive: true, force: true }));
  const database = resources.use(await openDatabase(directory));
  const kept = resources.move();
  return { directory, database, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/**
 * The rows of a stored part from `offset` on, `limit` of them, as codes, in blocks; the part has the columns. A cell is coded as that of
 * an uploaded table is, whatever its column was taken for when it was stored.
 */
export async function* codedPart(
  bytes: Uint8Array,
  columns: readonly ColumnCodes[],
  { offset, limit }: { offset: number; limit: number },
): AsyncGenerator<CodedRows> {
  await using workplace = await openWorkplace();
  const { database, directory } = workplace;
  const path = join(directory, 'part');
  await writeFile(path, bytes);
  const { names, sources } = await columnsOf(database, path);
  const raw = names.map((_, column) => rawName(column));
  const sql = `(FROM read_parquet(${literal(path)}) AS part(${raw}) LIMIT ${limit} OFFSET ${offset})`;
  yield* codedRelation(database, { sql, names, sources }, columns);
}

async function columnsOf(database: Database, path: string) {
  const described = await database.query(`DESCRIBE SELECT * FROM read_parquet(${literal(path)})`);
  return {
    names: described.map(({ column_name: name }) => String(name)),
    sources: described.map(({ column_type: type }) => sourceOfType(String(type))),
  };
}

function sourceOfType(type: string): Source {
  if (type === 'VARCHAR') return 'string';
  return type === 'BOOLEAN' ? 'boolean' : 'number';
}

/** Parts on disk until they are disposed of, and what they hold. */
export interface DescribedParts extends AsyncDisposable {
  readonly description: Omit<TableDescription, 'name'>;
  parts(): AsyncGenerator<TablePart>;
}

const sourceOf = { DOUBLE: 'number', BIGINT: 'number', BOOLEAN: 'boolean', VARCHAR: 'string' } as const;

/** Takes parts with these columns as they are, in constant memory, and finds out what a dataset says of its columns. */
export async function describeParts(
  taken: AsyncIterable<TablePart>,
  columns: readonly (OutputColumn & Pick<ColumnOptions, 'kind'>)[],
): Promise<DescribedParts> {
  await using resources = new AsyncDisposableStack();
  const { directory, database } = resources.use(await openWorkplace());
  const paths: string[] = [];
  const rowCounts: number[] = [];
  let byteCount = 0;
  for await (const { rowCount, bytes } of taken) {
    const path = join(directory, `part_${paths.length}`);
    await writeFile(path, bytes);
    paths.push(path);
    rowCounts.push(rowCount);
    byteCount += bytes.length;
  }
  const names = columns.map(({ name }) => name);
  const parts = { paths, rowCounts, rowsPerPart: rowsPerPart(columns.length), columns: names };
  const asked = columns.map(({ name, kind }) => ({ name, ...(kind && { kind }) }));
  // Its categories are a model's, and were few enough when that was trained.
  const about = { asked, maxCategories: 2 ** 31 - 1, mayBeEmpty: true };
  const formed = await formTable(database, { names, sources: columns.map(({ type }) => sourceOf[type]), parts }, about);
  const { columns: found, correlations, warnings } = await profile(formed, about);
  const { rowCount } = formed.view;
  const kept = resources.move();
  return {
    description: {
      ...{ rowCount, byteCount, columns: found, correlations },
      warnings: [...warnings, ...columnsWarnings(found, rowCount)],
    },
    async *parts() {
      for (const [index, path] of paths.entries()) yield { rowCount: rowCounts[index], bytes: await readFile(path) };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
