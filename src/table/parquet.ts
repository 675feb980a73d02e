import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { rawTypes, type Source } from './cell-sql.ts';
import { checkColumnNames } from './columns.ts';
import { type Database, identifier, literal } from './duckdb.ts';
import { shown, TableError } from './errors.ts';
import { rawName, rowCountOf, writeRawParts } from './raw-parts.ts';
import { checkRowCount } from './size.ts';
import type { RawTable, SpooledTable, SpoolOptions, TableLimits } from './spooled.ts';
import type { Upload } from './upload.ts';

/** Writes an uploaded Parquet file to `path`. */
export async function spoolParquet(upload: Upload, path: string, { signal }: SpoolOptions): Promise<SpooledTable> {
  await pipeline(upload, createWriteStream(path), { signal });
  return {
    warnings: [],
    read: (database, directory, { limits }) =>
      readParquet(database, path, { directory, limits }).catch(toTableError(path)),
  };
}

/** The types that a column may have, and what its cells become. */
const types: readonly (readonly [RegExp, Source])[] = [
  [/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/, 'number'],
  [/^BOOLEAN$/, 'boolean'],
  [/^(VARCHAR|ENUM\(.*\)|UUID|DATE|TIME|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?)$/s, 'string'],
];

function sourceOf(name: string, type: string): Source {
  const [, source] = types.find(([pattern]) => pattern.test(type)) ?? [];
  if (source !== undefined) return source;
  throw new TableError(
    'column-type',
    `Column ${shown(name)} is of type ${type}: only numbers, booleans, texts, dates and times can be used.`,
  );
}

async function readParquet(
  database: Database,
  path: string,
  { directory, limits }: { directory: string; limits: TableLimits },
): Promise<RawTable> {
  // The directories above the file are the service's own and say nothing of the table.
  const source = `read_parquet(${literal(path)}, hive_partitioning = false)`;
  const described = await database.query(`DESCRIBE SELECT * FROM ${source}`);
  const columns = described.map(({ column_name: name, column_type: type }) => ({
    name: String(name),
    source: sourceOf(String(name), String(type)),
  }));
  const names = await columnNames(database, path);
  checkColumnNames(names, limits);
  const [file] = await database.query(`SELECT num_rows::DOUBLE AS rows FROM parquet_file_metadata(${literal(path)})`);
  const rowCount = Number(file?.['rows']);
  checkRowCount(rowCount, limits);
  checkCellCount(rowCount, names.length, limits);
  const cells = columns.map(
    ({ name, source }, column) => `${identifier(name)}::${rawTypes[source]} AS ${rawName(column)}`,
  );
  const sources = columns.map((column) => column.source);
  const parts = await writeRawParts(database, `(SELECT ${cells} FROM ${source})`, sources, directory);
  if (rowCountOf(parts) !== rowCount)
    throw new TableError(
      'not-parquet',
      `The Parquet file says that it has ${rowCount} rows, but has ${rowCountOf(parts)}.`,
    );
  return { names, sources, parts };
}

/** The names as they are in a file of flat columns; in SQL those that stand twice are made distinct. */
async function columnNames(database: Database, path: string): Promise<string[]> {
  const [, ...columns] = await database.query(`SELECT name FROM parquet_schema(${literal(path)})`);
  return columns.map(({ name }) => String(name));
}

/** A few bytes of Parquet may stand for any number of equal cells, so these count: in CSV each takes a byte at least. */
function checkCellCount(rowCount: number, columnCount: number, { maxUploadBytes }: TableLimits): void {
  if (rowCount * columnCount > maxUploadBytes)
    throw new TableError(
      'too-many-bytes',
      `${rowCount} rows of ${columnCount} columns are more cells than MAX_UPLOAD_BYTES=${maxUploadBytes} allows.`,
    );
}

/** What DuckDB says of a file that it cannot read, as a TableError; what is not the file's fault stays what it is. */
const toTableError = (path: string) => (error: unknown) => {
  if (!(error instanceof Error)) throw error;
  const [, reason] =
    /^(?:Invalid|Invalid Input|Not implemented|Conversion|Serialization|INTERNAL|IO) Error: (.*)/.exec(error.message) ??
    [];
  if (reason === undefined || /\bwrit/.test(reason)) throw error;
  const shownReason = reason
    .replaceAll(path, basename(path))
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();
  throw new TableError('not-parquet', `The body could not be read as Parquet: ${shownReason}.`);
};
