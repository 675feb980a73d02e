import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { checkColumnNames, generatedNames } from './columns.ts';
import { type Database, identifier, literal } from './duckdb.ts';
import { shown, TableError, type TableErrorCode } from './errors.ts';
import { JsonRows } from './json-rows.ts';
import { type RawParts, rawName, writeRawParts } from './raw-parts.ts';
import type { SpooledTable, SpoolOptions } from './spooled.ts';
import { maxLineBytes, textLines } from './text.ts';
import type { Upload } from './upload.ts';

/**
 * Writes uploaded lines of JSON to `path`, each checked: objects, whose keys are the columns, or arrays, the first of
 * which may be the columns' names. Throws TableError, naming the line.
 */
export async function spoolNdjson(upload: Upload, path: string, options: SpoolOptions): Promise<SpooledTable> {
  const lines = new JsonLines();
  await pipeline(lines.checked(textLines(upload)), createWriteStream(path), { signal: options.signal });
  const { kind } = lines;
  const names = lines.names(options.columns);
  return {
    warnings: [],
    async read(database, directory, limits) {
      checkColumnNames(names, limits);
      return { names, parts: await readLines(database, { path, names, kind }, directory) };
    },
  };
}

/** Checked lines on disk. */
interface LinesFile {
  readonly path: string;
  readonly names: readonly string[];
  readonly kind: 'array' | 'object';
}

/** Every line has been checked by now, but of the values of a key that stands twice only the last. */
async function readLines(database: Database, file: LinesFile, directory: string): Promise<RawParts> {
  try {
    return await writeRawParts(database, source(file), file.names.length, directory);
  } catch (error) {
    const [, index] =
      /^Invalid Input Error: JSON transform error .* in line (\d+):/.exec(
        error instanceof Error ? error.message : '',
      ) ?? [];
    if (index === undefined) throw error;
    throw new TableError(
      'not-json',
      `Line ${await lineNumber(file.path, Number(index))}: a key stands twice in the object.`,
    );
  }
}

function source({ path, names, kind }: LinesFile): string {
  const isArray = kind === 'array';
  const columns = isArray ? "json: 'DOUBLE[]'" : names.map((name) => `${literal(name)}: 'DOUBLE'`).join(', ');
  const cells = names.map(
    (name, column) => `${isArray ? `json[${column + 1}]` : identifier(name)} AS ${rawName(column)}`,
  );
  return `(SELECT ${cells} FROM read_json(${literal(path)}, format = 'newline_delimited', records = '${!isArray}',
    columns = {${columns}}, maximum_object_size = ${2 * maxLineBytes}))`;
}

/** The number of a line that is known by its number among those that are not blank. */
async function lineNumber(path: string, index: number): Promise<number> {
  let line = 0;
  let seen = 0;
  for await (const text of createInterface({ input: createReadStream(path) })) {
    line++;
    if (text.trim() !== '' && ++seen === index) return line;
  }
  return line;
}

class JsonLines {
  #rows = new JsonRows(faultOf);
  #line = 0;
  #kind: LinesFile['kind'] | undefined;

  get kind(): LinesFile['kind'] {
    if (this.#kind === undefined)
      throw new TableError('empty-table', 'The table is empty: expected a JSON object or array in each line.');
    return this.#kind;
  }

  /** What the columns are called, once all lines are read; `columns` where arrays do not say, if there are as many. */
  names(columns: readonly string[] = []): readonly string[] {
    const { columns: names, width } = this.#rows;
    return names ?? (width === columns.length ? columns : generatedNames(width));
  }

  /** Passes lines on as they are, but the columns' names as a blank line. */
  async *checked(blocks: AsyncIterable<Buffer>): AsyncGenerator<string> {
    for await (const block of blocks) {
      const lines = block.toString().split('\n');
      yield lines.map((line) => this.#checked(line)).join('\n');
      // What comes after the last line end has been counted, but is no line.
      this.#line--;
    }
  }

  #checked(text: string): string {
    this.#line++;
    if (text.trim() === '') return text;
    const value = parse(text, this.#line);
    const isFirst = this.#kind === undefined;
    this.#kind ??= Array.isArray(value) ? 'array' : 'object';
    if (isFirst && Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string')) {
      this.#rows = new JsonRows(faultOf, { columns: value });
      return '';
    }
    if (this.#kind === 'array') this.#rows.fromArray(this.#line, value);
    else this.#rows.fromRecord(this.#line, value);
    return text;
  }
}

function parse(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TableError('not-json', `Line ${line} is not valid JSON: ${reason}.`);
  }
}

function faultOf(line: number, code: TableErrorCode, message: string, key?: string | number): TableError {
  const place = typeof key === 'number' ? `, value ${key + 1}` : key === undefined ? '' : `, column ${shown(key)}`;
  return new TableError(code, `Line ${line}${place}: ${message[0].toLowerCase()}${message.slice(1)}`);
}
