import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { rawTypes, type Source } from './cell-sql.ts';
import type { Cell } from './cells.ts';
import { checkColumnNames, generatedNames } from './columns.ts';
import { csvLine } from './csv.ts';
import { type Database, identifier, literal } from './duckdb.ts';
import { TableError } from './errors.ts';
import { JsonCells } from './json-cells.ts';
import { JsonLines, lineFault, linesOf } from './json-lines.ts';
import { type RawParts, rawName, writeRawParts } from './raw-parts.ts';
import { readTypedCsv } from './read-csv.ts';
import type { SpooledTable, SpoolOptions } from './spooled.ts';
import { maxLineBytes, textLines } from './text.ts';
import type { Upload } from './upload.ts';

/**
 * Writes uploaded lines of JSON to `path`, each checked: objects, whose keys are the columns, or arrays, the first of
 * which may be the columns' names. Throws TableError, naming the line.
 */
export async function spoolNdjson(upload: Upload, path: string, { signal }: SpoolOptions): Promise<SpooledTable> {
  const cells = new JsonCells(lineFault);
  const lines = new JsonLines<Cell>((value, place) => cells.toCell(value, place));
  await pipeline(lines.checked(upload), createWriteStream(path), { signal });
  const names = lines.columns ?? generatedNames(lines.width);
  const sources = cells.sources(names.length);
  const file = { path, names, sources, kind: lines.kind };
  return {
    warnings: [],
    async read(database, directory, { limits }) {
      checkColumnNames(names, limits);
      const areMixed = sources.includes('text');
      const parts = await (areMixed ? readCells : readValues)(database, file, directory);
      return { names, sources, parts };
    },
  };
}

/** Checked lines on disk. */
interface LinesFile {
  readonly path: string;
  readonly names: readonly string[];
  readonly sources: readonly Source[];
  readonly kind: 'array' | 'object';
}

/** DuckDB writes the numbers of a column of texts as they stand, not as they are; such columns go by way of CSV. */
async function readCells(database: Database, file: LinesFile, directory: string): Promise<RawParts> {
  const path = `${file.path}.csv`;
  async function* csv() {
    for await (const lines of linesIn(file.path)) {
      const rows = lines.filter((line) => line.trim() !== '').map((line) => cellsOfLine(line, file.names));
      yield rows.map(csvLine).join('');
    }
  }
  await pipeline(csv, createWriteStream(path));
  const layout = { names: file.names, delimiter: ',', header: false, hasUnderscore: false };
  const parts = await readTypedCsv(database, { path, ...layout }, directory, file.sources);
  await rm(path);
  return parts;
}

function cellsOfLine(line: string, names: readonly string[]): Cell[] {
  const value: unknown = JSON.parse(line);
  if (Array.isArray(value)) return value;
  const record = new Map<string, Cell>(Object.entries(Object(value)));
  return names.map((name) => record.get(name) ?? null);
}

/** Every line has been checked by now, but of the values of a key that stands twice only the last. */
async function readValues(database: Database, file: LinesFile, directory: string): Promise<RawParts> {
  try {
    return await writeRawParts(database, { sql: relationOf(file), ...file }, directory);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const [, index] = /^Invalid Input Error: JSON transform error .* in line (\d+):/.exec(message) ?? [];
    if (index !== undefined)
      throw new TableError(
        'not-json',
        `Line ${await lineNumber(file.path, Number(index))}: a key stands twice in the object.`,
      );
    // Texts that are no Unicode are JSON, but not to DuckDB.
    if (!message.startsWith('Invalid Input Error: Malformed JSON')) throw error;
    await rm(directory, { recursive: true });
    return readCells(database, file, directory);
  }
}

function relationOf({ path, names, sources, kind }: LinesFile): string {
  const isArray = kind === 'array';
  const areNumbers = sources.every((source) => source === 'number');
  const columns = names.map((name, column) => `${literal(name)}: '${rawTypes[sources[column]]}'`).join(', ');
  const arrays = areNumbers ? "json: 'DOUBLE[]'" : "json: 'JSON[]'";
  const cells = names.map((name, column) => {
    if (!isArray) return `${identifier(name)} AS ${rawName(column)}`;
    const value = `json[${column + 1}]`;
    return `${areNumbers ? value : `(${value} ->> '$')::${rawTypes[sources[column]]}`} AS ${rawName(column)}`;
  });
  return `(SELECT ${cells} FROM read_json(${literal(path)}, format = 'newline_delimited', records = '${!isArray}',
    columns = {${isArray ? arrays : columns}}, maximum_object_size = ${2 * maxLineBytes}))`;
}

/** The number of a line that is known by its number among those that are not blank. */
async function lineNumber(path: string, index: number): Promise<number> {
  let line = 0;
  let seen = 0;
  for await (const lines of linesIn(path))
    for (const text of lines) {
      line++;
      if (text.trim() !== '' && ++seen === index) return line;
    }
  return line;
}

/** Not by readline, which ends lines at U+2028 too. */
async function* linesIn(path: string): AsyncGenerator<string[]> {
  for await (const block of textLines(createReadStream(path))) yield linesOf(block);
}
