import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, literal } from './duckdb.ts';

/** A table on disk as Parquet files of DOUBLE columns called c0, c1, .., in row order. */
export interface RawParts {
  readonly paths: string[];
  readonly rowCounts: number[];
}

const partBytes = 4e6;

/** How many rows of so many eight-byte columns make a part. */
export function rowsPerPart(columnCount: number): number {
  return Math.max(1, Math.floor(partBytes / 8 / columnCount));
}

/** The name of a column inside the working tables, where the user's names do not matter. */
export const rawName = (column: number) => `c${column}`;

/** Several Parquet files as one SQL relation, in order. */
export const relation = (paths: readonly string[]) => `read_parquet([${paths.map(literal).join(', ')}])`;

/** Writes a relation, its columns called c0, c1, .., of DOUBLE, into files under `directory`, in constant memory. */
export async function writeRawParts(database: Database, source: string, columnCount: number, directory: string) {
  await mkdir(directory);
  const columns = Array.from({ length: columnCount }, (_, column) => rawName(column));
  await database.connection.run(`COPY (SELECT ${columns} FROM ${source}) TO ${literal(directory)} (FORMAT parquet,
    COMPRESSION uncompressed, ROW_GROUP_SIZE ${rowsPerPart(columnCount)}, ROW_GROUPS_PER_FILE 1, FILENAME_PATTERN 'part_{i}')`);
  return listParts(database, directory);
}

/** How many rows all parts hold. */
export function rowCountOf({ rowCounts }: RawParts): number {
  return rowCounts.reduce((sum, count) => sum + count, 0);
}

async function listParts(database: Database, directory: string): Promise<RawParts> {
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
