import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import Papa from 'papaparse';
import { type Database, literal } from './duckdb.ts';
import { shown, TableError } from './errors.ts';
import { type RawParts, rawName, writeRawParts } from './raw-parts.ts';
import { maxLineBytes } from './text.ts';

/** A CSV file on disk and how to read it. */
export interface CsvFile {
  readonly path: string;
  readonly names: readonly string[];
  readonly delimiter: string;
  /** Whether the first line holds the names. */
  readonly header: boolean;
  /** Whether an underscore stands in a row. */
  readonly hasUnderscore: boolean;
}

/** The cells of the first row of a CSV text. */
export function csvCells(text: string, delimiter: string): string[] {
  return Papa.parse<string[]>(text, { delimiter, preview: 1 }).data[0] ?? [];
}

/**
 * Reads a CSV file, once and in constant memory, into Parquet files under `directory`.
 * Throws TableError, naming the line, at the first row that has another number of columns or a text for a number.
 */
export async function readCsv(database: Database, file: CsvFile, directory: string): Promise<RawParts> {
  const parts = await writeRawParts(database, source(file, 'DOUBLE'), file.names.length, directory).catch((error) => {
    if (!(error instanceof Error) || !error.message.startsWith('Invalid Input Error')) throw error;
    throw new TableError('not-csv', 'The body could not be read as CSV: is a quoted value not closed?');
  });
  await refuseRejects(database, file);
  if (file.hasUnderscore) await refuseUnderscores(file);
  return parts;
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
      `Line ${line}: expected ${file.names.length} values, as many as line 1 has, got ${cells.length}.`,
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
  return textCell(file, line, column, cells);
}

function textCell(file: CsvFile, line: number, column: number, cells: readonly string[]): TableError {
  const name = shown(file.names[column]);
  return new TableError(
    'not-a-number',
    `Line ${line}, column ${name}: expected a number, got ${shown(cells[column])}. Only numeric columns can be used.`,
  );
}

/** To DuckDB 1_000 is a number. In a table it is more likely a code, and no other reader takes it for a number. */
async function refuseUnderscores(file: CsvFile): Promise<void> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file.path) })) {
    line++;
    if (!text.includes('_') || (line === 1 && file.header)) continue;
    const cells = csvCells(text, file.delimiter);
    throw textCell(
      file,
      line,
      cells.findIndex((cell) => cell.includes('_')),
      cells,
    );
  }
}
