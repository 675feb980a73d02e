import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { generatedNames } from './columns.ts';
import { csvNumbers } from './csv.ts';
import { shown, TableError, type TableErrorCode } from './errors.ts';
import { type Cell, JsonRows } from './json-rows.ts';
import { numbersTable, type SpooledTable, type SpoolOptions } from './spooled.ts';
import { textLines } from './text.ts';
import type { Upload } from './upload.ts';

/**
 * Writes uploaded lines of JSON to `path` as CSV: objects, whose keys are the columns, or arrays, the first of which
 * may be the columns' names. Throws TableError, naming the line.
 */
export async function spoolNdjson(
  upload: Upload,
  path: string,
  { columns = [], signal }: SpoolOptions,
): Promise<SpooledTable> {
  const lines = new JsonLines();
  async function* csv() {
    for await (const block of textLines(upload)) yield lines.read(block.toString()).map(csvNumbers).join('');
  }
  await pipeline(csv, createWriteStream(path), { signal });
  return numbersTable(path, lines.names(columns));
}

class JsonLines {
  #rows = new JsonRows(faultOf);
  #line = 0;
  #first: 'array' | 'object' | undefined;

  /** The rows that a text of whole lines holds. */
  read(text: string): Cell[][] {
    const rows: Cell[][] = [];
    for (const line of text.replace(/\n$/, '').split('\n')) {
      this.#line++;
      const row = line.trim() === '' ? undefined : this.#toRow(parse(line, this.#line));
      if (row) rows.push(row);
    }
    return rows;
  }

  /** What the columns are called, once all lines are read; `columns` where arrays do not say, if there are as many. */
  names(columns: readonly string[]): readonly string[] {
    if (this.#first === undefined)
      throw new TableError('empty-table', 'The table is empty: expected a JSON object or array in each line.');
    const { columns: names, width } = this.#rows;
    return names ?? (width === columns.length ? columns : generatedNames(width));
  }

  #toRow(value: unknown): Cell[] | undefined {
    const isFirst = this.#first === undefined;
    this.#first ??= Array.isArray(value) ? 'array' : 'object';
    if (isFirst && Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string')) {
      this.#rows = new JsonRows(faultOf, { columns: value });
      return undefined;
    }
    return this.#first === 'array' ? this.#rows.fromArray(this.#line, value) : this.#rows.fromRecord(this.#line, value);
  }
}

function parse(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TableError(
      'not-json',
      `Line ${line} is not valid JSON: ${error instanceof Error ? error.message : error}.`,
    );
  }
}

function faultOf(line: number, code: TableErrorCode, message: string, key?: string | number): TableError {
  const place = typeof key === 'number' ? `, value ${key + 1}` : key === undefined ? '' : `, column ${shown(key)}`;
  return new TableError(code, `Line ${line}${place}: ${message[0].toLowerCase()}${message.slice(1)}`);
}
