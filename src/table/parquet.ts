import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { rawTypes, type Source } from './cell-sql.ts';
import { checkColumnNames } from './columns.ts';
import { type Database, identifier, literal } from './duckdb.ts';
import { shown, TableError } from './errors.ts';
import { type RawParts, type RawSource, rawName, rowCountOf, rowsPerPart, writeRawParts } from './raw-parts.ts';
import { checkCellCount, checkRowCount } from './size.ts';
import type { RawTable, SpooledTable, SpoolOptions, TableLimits } from './spooled.ts';
import type { Upload } from './upload.ts';

/** Writes an uploaded Parquet file to `path`. */
export async function spoolParquet(upload: Upload, path: string, { signal }: SpoolOptions): Promise<SpooledTable> {
  await pipeline(upload, createWriteStream(path), { signal });
  return {
    warnings: [],
    async read(database, directory, { limits }) {
      try {
        return await readParquet(database, path, { directory, limits });
      } catch (error) {
        throw toTableError(error, path);
      }
    },
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
  if (source === undefined) throw typeError(name, type);
  return source;
}

function typeError(name: string, type: string): TableError {
  return new TableError(
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
  // Before they are unpacked: a few bytes of Parquet may stand for any number of equal cells.
  checkCellCount(rowCount, names.length, limits);
  const cells = columns.map(
    ({ name, source }, column) => `${identifier(name)}::${rawTypes[source]} AS ${rawName(column)}`,
  );
  const sources = columns.map((column) => column.source);
  const parts = await readCells(database, source, { cells, names, sources, directory });
  const found = rowCountOf(parts);
  if (found !== rowCount)
    throw new TableError('not-parquet', `The Parquet file says that it has ${rowCount} rows, but has ${found}.`);
  return { names, sources, parts };
}

/** The names as they stand in a file of flat columns: SQL makes those distinct that stand twice. */
async function columnNames(database: Database, path: string): Promise<string[]> {
  const [, ...columns] = await database.query(`SELECT name, type, duckdb_type FROM parquet_schema(${literal(path)})`);
  // DuckDB takes decimals of more than 38 digits for doubles, and reads them wrongly.
  const wide = columns.find(({ type, duckdb_type: readAs }) => readAs === 'DOUBLE' && type !== 'DOUBLE');
  if (wide) throw typeError(String(wide['name']), 'DECIMAL of more than 38 digits');
  return columns.map(({ name }) => String(name));
}

/** How many columns are read at once: of each a page and a dictionary are in memory, usually of a megabyte each. */
const columnsAtOnce = 50;

async function readCells(
  database: Database,
  source: string,
  { cells, directory, ...about }: Omit<RawSource, 'sql'> & { cells: readonly string[]; directory: string },
): Promise<RawParts> {
  if (cells.length <= columnsAtOnce)
    return writeRawParts(database, { sql: `(SELECT ${cells} FROM ${source})`, ...about }, directory);
  const strips: string[] = [];
  const stripDirectory = `${directory}-strips`;
  await mkdir(stripDirectory);
  for (let first = 0; first < cells.length; first += columnsAtOnce) {
    const strip = literal(join(stripDirectory, String(first)));
    // Pages of all columns together take 32 MB when the strips are put side by side.
    await database.connection.run(`COPY (SELECT ${cells.slice(first, first + columnsAtOnce)} FROM ${source}) TO ${strip}
      (FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE ${8 * rowsPerPart(cells.length)})`);
    strips.push(`read_parquet(${strip})`);
  }
  const parts = await writeRawParts(
    database,
    { sql: `(SELECT * FROM ${strips.join(' POSITIONAL JOIN ')})`, ...about },
    directory,
  );
  await rm(stripDirectory, { recursive: true });
  return parts;
}

/** What DuckDB says of a file that it cannot read, as a TableError; what is not the file's fault stays what it is. */
function toTableError(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  if (error.message.startsWith('Out of Memory Error'))
    return new TableError(
      'too-much-memory',
      'The pages or dictionaries of the Parquet file are too large to be read: write smaller ones.',
    );
  const [, reason] =
    /^(?:Invalid|Invalid Input|Not implemented|Conversion|Serialization|INTERNAL|IO) Error: (.*)/.exec(error.message) ??
    [];
  if (reason === undefined || /\bwrit/.test(reason)) return error;
  const shownReason = reason
    .replaceAll(path, basename(path))
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();
  return new TableError('not-parquet', `The body could not be read as Parquet: ${shownReason}.`);
}
