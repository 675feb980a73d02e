import { rm } from 'node:fs/promises';
import Papa from 'papaparse';
import { rawTypes, type Source } from './cell-sql.ts';
import { isNumberText, missingTexts, trimmedText } from './cells.ts';
import { type Database, literal } from './duckdb.ts';
import { TableError } from './errors.ts';
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

const sampleCells = 20_000;
/** Columns that turn out to hold texts are read again as such; after so many times all are. */
const mostReadings = 3;

/**
 * Reads a CSV file in constant memory into Parquet files under `directory`: columns of nothing but numbers as such, the
 * others, and those that are wanted so, as texts. Throws TableError at the first row that has another number of columns.
 */
export async function readCsv(
  database: Database,
  file: CsvFile,
  directory: string,
  asText: (name: string) => boolean,
): Promise<{ sources: Source[]; parts: RawParts }> {
  let sources = await sampledSources(database, file, asText);
  for (let reading = 1; ; reading++) {
    const parts = await readTypedCsv(database, file, directory, sources, reading);
    const texts = await textColumns(database, file, sources, reading);
    await refuseRejects(database, file, reading);
    if (texts.size === 0) return { sources, parts };
    await rm(directory, { recursive: true });
    const isLast = reading === mostReadings - 1;
    sources = sources.map((source, column) => (isLast || texts.has(column) ? 'text' : source));
  }
}

/** Reads a CSV file, once, into Parquet files under `directory`; its `reading` numbers what is set aside as not fitting. */
export async function readTypedCsv(
  database: Database,
  file: CsvFile,
  directory: string,
  sources: readonly Source[],
  reading = 1,
): Promise<RawParts> {
  const source = { sql: relationOf(file, sources, reading), names: file.names, sources };
  return writeRawParts(database, source, directory).catch((error) => {
    if (!(error instanceof Error) || !error.message.startsWith('Invalid Input Error')) throw error;
    throw new TableError('not-csv', 'The body could not be read as CSV: is a quoted value not closed?');
  });
}

/** The file as an SQL relation; rows that do not fit are set aside as rejects, or passed over. */
function relationOf(file: CsvFile, sources: readonly Source[], reading?: number): string {
  const columns = sources.map((source, column) => `${rawName(column)}: ${literal(rawTypes[source])}`).join(', ');
  const rejects =
    reading === undefined
      ? 'ignore_errors = true'
      : `store_rejects = true, rejects_limit = 1000, rejects_table = 'rejects_${reading}', rejects_scan = 'scans_${reading}'`;
  return `read_csv(${literal(file.path)}, columns = {${columns}}, header = ${file.header}, auto_detect = false,
    delim = ${literal(file.delimiter)}, quote = '"', escape = '"', nullstr = [${missingTexts.map(literal).join(', ')}],
    max_line_size = ${maxLineBytes}, buffer_size = ${4 * maxLineBytes}, ${rejects})`;
}

const allTexts = ({ names }: CsvFile): Source[] => names.map(() => 'text');

/** What the first rows hold. */
async function sampledSources(
  { connection }: Database,
  file: CsvFile,
  asText: (name: string) => boolean,
): Promise<Source[]> {
  const sample = await connection.runAndReadAll(
    `SELECT * FROM ${relationOf(file, allTexts(file))} LIMIT ${Math.ceil(sampleCells / file.names.length)}`,
  );
  const rows = sample.getRowsJS();
  return file.names.map((name, column) =>
    !asText(name) && rows.every((row) => mayBeNumber(row[column])) ? 'number' : 'text',
  );
}

/** Infinity is a number too, if one that is refused later. */
function mayBeNumber(cell: unknown): boolean {
  const text = cell === null ? null : trimmedText(String(cell));
  return text === null || isNumberText(text) || /^[+-]?inf(inity)?$/i.test(text);
}

/** The columns that were read as numbers and hold texts. */
async function textColumns(
  database: Database,
  file: CsvFile,
  sources: readonly Source[],
  reading: number,
): Promise<Set<number>> {
  const rejects = await database.query(
    `SELECT DISTINCT column_idx::DOUBLE AS number FROM rejects_${reading} WHERE error_type::VARCHAR = 'CAST'`,
  );
  const texts = new Set(rejects.map(({ number }) => Number(number) - 1));
  const numbers = sources.flatMap((source, column) => (source === 'number' && !texts.has(column) ? [column] : []));
  if (!file.hasUnderscore || numbers.length === 0) return texts;
  // DuckDB takes 1_000 for a number. In a table it is more likely a code, and no other reader takes it for a number.
  const tests = numbers.map((column) => `bool_or(contains(${rawName(column)}, '_')) AS ${rawName(column)}`);
  const [row] = await database.query(`SELECT ${tests} FROM ${relationOf(file, allTexts(file))}`);
  for (const column of numbers) if (row?.[rawName(column)] === true) texts.add(column);
  return texts;
}

/** Throws TableError at the first row that is not as the others, whatever its cells hold. */
async function refuseRejects(database: Database, file: CsvFile, reading: number): Promise<void> {
  const [reject] = await database.query(`SELECT line::DOUBLE AS line, error_type::VARCHAR AS type, csv_line AS text
    FROM rejects_${reading} WHERE error_type::VARCHAR <> 'CAST' ORDER BY line, column_idx LIMIT 1`);
  if (!reject) return;
  const line = Number(reject['line']);
  if (reject['type'] === 'MISSING COLUMNS' || reject['type'] === 'TOO MANY COLUMNS') {
    const cells = csvCells(String(reject['text']), file.delimiter);
    throw new TableError(
      'ragged-row',
      `Line ${line}: expected ${file.names.length} values, as many as line 1 has, got ${cells.length}.`,
    );
  }
  throw new TableError('not-csv', `Line ${line} is not valid CSV: a quoted value is not closed, or goes on after it.`);
}
