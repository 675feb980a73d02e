import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
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
    read: (database, directory, limits) => readParquet(database, path, { directory, limits }).catch(toTableError(path)),
  };
}

const numericTypes = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN)$/;

async function readParquet(
  database: Database,
  path: string,
  { directory, limits }: { directory: string; limits: TableLimits },
): Promise<RawTable> {
  // The directories above the file are the service's own and say nothing of the table.
  const source = `read_parquet(${literal(path)}, hive_partitioning = false)`;
  const columns = await database.query(`DESCRIBE SELECT * FROM ${source}`);
  const types = columns.map(({ column_name: name, column_type: type }) => [String(name), String(type)] as const);
  const other = types.find(([, type]) => !numericTypes.test(type));
  if (other)
    throw new TableError(
      'column-type',
      `Column ${shown(other[0])} is of type ${other[1]}: only numbers and booleans can be used.`,
    );
  const names = await columnNames(database, path);
  checkColumnNames(names, limits);
  const [file] = await database.query(`SELECT num_rows::DOUBLE AS rows FROM parquet_file_metadata(${literal(path)})`);
  const rowCount = Number(file?.['rows']);
  checkRowCount(rowCount, limits);
  checkCellCount(rowCount, names.length, limits);
  const cells = types.map(([name], column) => `${identifier(name)}::DOUBLE AS ${rawName(column)}`);
  const parts = await writeRawParts(database, `(SELECT ${cells} FROM ${source})`, names.length, directory);
  if (rowCountOf(parts) !== rowCount)
    throw new TableError(
      'not-parquet',
      `The Parquet file says that it has ${rowCount} rows, but has ${rowCountOf(parts)}.`,
    );
  return { names, parts };
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
