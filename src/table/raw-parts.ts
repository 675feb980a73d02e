import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanSql, rawTypes, type Source } from './cell-sql.ts';
import { type Database, literal } from './duckdb.ts';

/** A table on disk as Parquet files of columns called c0, c1, .., in row order. */
export interface RawParts {
  readonly paths: string[];
  readonly rowCounts: number[];
  /** How many rows are about 4 MB, as far as the first of them tell. */
  readonly rowsPerPart: number;
}

const partBytes = 4e6;
/** What a cell takes, texts aside. */
const cellBytes = 8;

/** How many rows of so many columns, and so many bytes of text besides, make a part. */
export function rowsPerPart(columnCount: number, textBytes = 0): number {
  return Math.max(1, Math.floor(partBytes / (cellBytes * columnCount + textBytes)));
}

/** The name of a column inside the working tables, where the user's names do not matter. */
export const rawName = (column: number) => `c${column}`;

/** Several Parquet files as one SQL relation, in order. */
export const relation = (paths: readonly string[]) => `read_parquet([${paths.map(literal).join(', ')}])`;

/** Every so many rows of several Parquet files as one SQL relation. */
export function sparseRelation(paths: readonly string[], step: number): string {
  if (step === 1) return relation(paths);
  const rows = `read_parquet([${paths.map(literal).join(', ')}], file_row_number = true)`;
  return `(SELECT * FROM ${rows} WHERE file_row_number % ${step} = 0)`;
}

/** Writes an SQL relation, its columns called c0, c1, .., into files under `directory`, in constant memory. */
export async function writeRawParts(
  database: Database,
  source: string,
  sources: readonly Source[],
  directory: string,
): Promise<RawParts> {
  await mkdir(directory);
  const size = rowsPerPart(sources.length, await textBytes(database, source, sources));
  const cells = sources.map((kind, column) => `${cleanSql(rawName(column), kind)} AS ${rawName(column)}`);
  await database.connection.run(`COPY (SELECT ${cells} FROM ${source}) TO ${literal(directory)} (FORMAT parquet,
    COMPRESSION uncompressed, ROW_GROUP_SIZE ${size}, ROW_GROUPS_PER_FILE 1, FILENAME_PATTERN 'part_{i}')`);
  return { ...(await listParts(database, directory)), rowsPerPart: size };
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
  const rowCounts: number[] = [];
  for (const path of paths) {
    const [file] = await database.query(`SELECT num_rows::DOUBLE AS rows FROM parquet_file_metadata(${literal(path)})`);
    rowCounts.push(Number(file?.['rows']));
  }
  return { paths, rowCounts };
}
