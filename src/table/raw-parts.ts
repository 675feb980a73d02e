import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CsvFile, csvCells } from './csv.ts';
import { type Database, literal } from './duckdb.ts';
import { shown, TableError } from './errors.ts';
import { maxLineBytes } from './text.ts';

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

/**
 * Reads a CSV file, once and in constant memory, into Parquet files under `directory`.
 * Throws TableError, naming the line, at the first row that has another number of columns or a text for a number.
 */
export async function readCsv(database: Database, file: CsvFile, directory: string): Promise<RawParts> {
  await mkdir(directory);
  const columns = file.names.map((_, column) => rawName(column));
  const rows = rowsPerPart(columns.length);
  const target = `${literal(directory)} (FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE ${rows},
    ROW_GROUPS_PER_FILE 1, FILENAME_PATTERN 'part_{i}')`;
  try {
    await database.connection.run(`COPY (SELECT ${columns} FROM ${source(file, 'DOUBLE')}) TO ${target}`);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('Invalid Input Error')) throw error;
    // The reader gives up on the whole file, without a line, where its newlines are of several kinds.
    throw new TableError('not-csv', 'The body could not be read as CSV: are its line endings of one kind?');
  }
  await refuseRejects(database, file);
  return listParts(database, directory);
}

/** The file as an SQL relation whose cells are all of one type; rows that do not fit are set aside as rejects. */
function source(file: CsvFile, type: 'DOUBLE' | 'VARCHAR'): string {
  const columns = file.names.map((_, column) => `${rawName(column)}: ${literal(type)}`).join(', ');
  return `read_csv(${literal(file.path)}, columns = {${columns}}, header = ${file.header}, auto_detect = false,
    delim = ${literal(file.delimiter)}, quote = '"', escape = '"', max_line_size = ${maxLineBytes},
    buffer_size = ${4 * maxLineBytes}, store_rejects = true, rejects_limit = 1000)`;
}

async function refuseRejects(database: Database, file: CsvFile): Promise<void> {
  const [reject] = await database.query(`SELECT line::DOUBLE AS line, column_idx::DOUBLE AS column,
    error_type::VARCHAR AS type, csv_line AS text FROM reject_errors ORDER BY line, column_idx LIMIT 1`);
  if (!reject) return;
  const line = Number(reject['line']);
  const cells = csvCells(String(reject['text']), file.delimiter);
  if (reject['type'] === 'CAST') throw await notANumber(database, file, line, Number(reject['column']) - 1, cells);
  if (reject['type'] === 'MISSING COLUMNS' || reject['type'] === 'TOO MANY COLUMNS')
    throw new TableError(
      'ragged-row',
      `Line ${line}: expected ${file.names.length} values, as many as the header has names, got ${cells.length}.`,
    );
  throw new TableError('not-csv', `Line ${line} is not valid CSV: a quoted value is not closed, or goes on after it.`);
}

async function notANumber(database: Database, file: CsvFile, line: number, column: number, cells: string[]) {
  const counts = file.names.map((_, index) => `count(TRY_CAST(${rawName(index)} AS DOUBLE))`);
  const [row] = await database.query(
    `SELECT list_sum([${counts}])::DOUBLE AS numbers FROM (SELECT * FROM ${source(file, 'VARCHAR')} LIMIT 1000)`,
  );
  if (row?.['numbers'] === 0)
    return new TableError('no-numeric-columns', 'No column holds numbers: only numeric columns can be used.');
  const name = shown(file.names[column]);
  return new TableError(
    'not-a-number',
    `Line ${line}, column ${name}: expected a number, got ${shown(cells[column])}. Only numeric columns can be used.`,
  );
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
