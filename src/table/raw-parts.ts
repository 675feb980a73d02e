import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanSql, rawTypes, type Source } from './cell-sql.ts';
import { type Database, identifier, literal } from './duckdb.ts';

/** A table on disk as Parquet files, in row order. */
export interface RawParts {
  readonly paths: readonly string[];
  readonly rowCounts: readonly number[];
  /** How many rows are about 4 MB, as far as the first of them tell. */
  readonly rowsPerPart: number;
  /** What the columns are called in the files. */
  readonly columns: readonly string[];
}

const partBytes = 4e6;
/** What a cell takes, texts aside. */
const cellBytes = 8;
/** DuckDB takes so many rows at a time, and ends a row group only where some end. */
const blockRows = 2048;
/** More different values than this gain little from a dictionary, and take time to build one. */
const dictionarySize = 2048;

/** How many rows of so many columns, and so many bytes of text besides, make a part. */
export function rowsPerPart(columnCount: number, textBytes = 0): number {
  return Math.max(1, Math.floor(partBytes / (cellBytes * columnCount + textBytes)));
}

/** The name of a column inside the working tables, where the user's names do not matter. */
export const rawName = (column: number) => `c${column}`;

/** The parts, or some of them, as one SQL relation in order, its columns called c0, c1, .. */
export function relation({ paths, columns }: Pick<RawParts, 'paths' | 'columns'>): string {
  return `(FROM read_parquet([${paths.map(literal)}]) AS parts(${columns.map((_, column) => rawName(column))}))`;
}

/** Every so many rows of the parts as one SQL relation. */
export function sparseRelation({ paths, columns }: RawParts, step: number): string {
  const names = columns.map((_, column) => rawName(column));
  return `(SELECT ${names} FROM read_parquet([${paths.map(literal)}], file_row_number = true) AS parts(${names}, number)
    WHERE number % ${step} = 0)`;
}

/** What DuckDB itself calls columns that it adds to those of a Parquet file. */
const duckdbNames = ['file_row_number', 'file_index', 'filename', 'rowid'];

/** A relation of raw cells called c0, c1, .., and what they are. */
export interface RawSource {
  readonly sql: string;
  readonly names: readonly string[];
  readonly sources: readonly Source[];
}

/** Writes raw cells into files under `directory`, in constant memory: as they can be stored, where that can be. */
export async function writeRawParts(
  database: Database,
  { sql, names, sources }: RawSource,
  directory: string,
): Promise<RawParts> {
  await mkdir(directory);
  const size = rowsPerPart(sources.length, await textBytes(database, sql, sources));
  const canBeStored = size >= 2 * blockRows && !names.some((name) => duckdbNames.includes(name.toLowerCase()));
  const columns = canBeStored ? names : names.map((_, column) => rawName(column));
  const cells = sources.map((kind, column) => `${cleanSql(rawName(column), kind)} AS ${identifier(columns[column])}`);
  await database.connection.run(`COPY (SELECT ${cells} FROM ${sql}) TO ${literal(directory)} (FORMAT parquet,
    PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT ${dictionarySize}, ROW_GROUP_SIZE ${canBeStored ? size - blockRows : size}, ROW_GROUPS_PER_FILE 1,
    FILENAME_PATTERN 'part_{i}')`);
  return { ...(await listParts(database, directory)), rowsPerPart: size, columns };
}

/** How many rows all parts hold. */
export function rowCountOf({ rowCounts }: RawParts): number {
  return rowCounts.reduce((sum, count) => sum + count, 0);
}

/** How many bytes of text the first rows have on average. */
async function textBytes(database: Database, source: string, sources: readonly Source[]): Promise<number> {
  const lengths = sources.flatMap((kind, column) =>
    rawTypes[kind] === 'VARCHAR' ? [`coalesce(strlen(${rawName(column)}), 0)`] : [],
  );
  if (lengths.length === 0) return 0;
  const [row] = await database.query(
    `SELECT avg(list_sum([${lengths}]))::DOUBLE AS bytes FROM (SELECT * FROM ${source} LIMIT 1000)`,
  );
  return Number(row?.['bytes'] ?? 0);
}

async function listParts(database: Database, directory: string) {
  // By number: in the order of names part_10 would come before part_2.
  const number = (name: string) => Number(/\d+/.exec(name)?.[0]);
  const names = (await readdir(directory)).sort((a, b) => number(a) - number(b));
  const paths = names.map((name) => join(directory, name));
  const files = await database.query(`SELECT file_name AS path, num_rows::DOUBLE AS rows
    FROM parquet_file_metadata([${paths.map(literal)}])`);
  const rowCounts = new Map(files.map(({ path, rows }) => [path, Number(rows)]));
  return { paths, rowCounts: paths.map((path) => rowCounts.get(path) ?? 0) };
}
