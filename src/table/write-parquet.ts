import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BIGINT, BOOLEAN, DOUBLE, DuckDBDataChunk, VARCHAR } from '@duckdb/node-api';
import type { Cell } from './cells.ts';
import { type ColumnCodes, codesOf, formOf } from './codes.ts';
import { type Database, identifier, literal, openDatabase } from './duckdb.ts';

const types = { DOUBLE, BIGINT, BOOLEAN, VARCHAR };

/** A column of a table on its way out. */
export interface OutputColumn {
  readonly name: string;
  readonly type: keyof typeof types;
}

/** A stored column. Throws TypeError when its summary is not one of its kind. */
export function storedColumn(column: { name: string; kind: string; summary: object }): OutputColumn {
  return outputColumn(codesOf(column));
}

/** The column that the cells of codes make. */
export function outputColumn(codes: ColumnCodes): OutputColumn {
  const { name } = codes;
  if (codes.kind === 'number') return { name, type: codes.integer ? 'BIGINT' : 'DOUBLE' };
  const form = formOf(codes.categories);
  const areWhole = codes.categories.every(Number.isInteger);
  const type = { number: areWhole ? 'BIGINT' : 'DOUBLE', boolean: 'BOOLEAN', text: 'VARCHAR' } as const;
  return { name, type: type[form] };
}

/** DuckDB takes so many rows at a time. */
const chunkRows = 2048;

/** The rows as the bytes of a Parquet file; they wait on disk until all are there. */
export async function* parquetOf(
  columns: readonly OutputColumn[],
  batches: AsyncIterable<Cell[][]> | Iterable<Cell[][]>,
): AsyncGenerator<Uint8Array> {
  await using resources = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'pushforward-'));
  resources.defer(() => rm(directory, { recursive: true, force: true }));
  const database = resources.use(await openDatabase(directory));
  const path = join(directory, 'rows');
  await fill(database, columns, batches);
  await database.connection.run(`COPY rows TO ${literal(path)} (FORMAT parquet)`);
  yield* createReadStream(path);
}

async function fill(
  { connection }: Database,
  columns: readonly OutputColumn[],
  batches: AsyncIterable<Cell[][]> | Iterable<Cell[][]>,
): Promise<void> {
  await connection.run(`CREATE TABLE rows (${columns.map(({ name, type }) => `${identifier(name)} ${type}`)})`);
  const appender = await connection.createAppender('rows');
  const chunk = DuckDBDataChunk.create(columns.map(({ type }) => types[type]));
  for await (const batch of batches)
    for (let first = 0; first < batch.length; first += chunkRows) {
      const rows = batch.slice(first, first + chunkRows);
      chunk.setColumns(columns.map(({ type }, column) => rows.map((row) => toValue(row[column], type))));
      appender.appendDataChunk(chunk);
    }
  appender.closeSync();
}

function toValue(cell: Cell, type: OutputColumn['type']) {
  if (type === 'VARCHAR' && cell !== null) return String(cell);
  return type === 'BIGINT' && typeof cell === 'number' ? BigInt(cell) : cell;
}
