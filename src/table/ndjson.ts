import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Cell } from './cells.ts';
import { generatedNames } from './columns.ts';
import { csvLine } from './csv.ts';
import { shown, TableError, type TableErrorCode } from './errors.ts';
import { JsonCells } from './json-cells.ts';
import { type JsonColumns, type JsonPlace, JsonRows } from './json-rows.ts';
import { type SpooledTable, type SpoolOptions, typedTable } from './spooled.ts';
import { textLines } from './text.ts';
import type { Upload } from './upload.ts';

/**
 * Writes uploaded lines of JSON to `path` as CSV: objects, whose keys are the columns, or arrays, the first of which
 * may be the columns' names. Throws TableError, naming the line.
 */
export async function spoolNdjson(upload: Upload, path: string, { signal }: SpoolOptions): Promise<SpooledTable> {
  const cells = new JsonCells(lineFault);
  const lines = new JsonLines<Cell>((value, place) => cells.toCell(value, place));
  async function* csv() {
    for await (const rows of lines.rows(upload)) yield rows.map(csvLine).join('');
  }
  await pipeline(csv, createWriteStream(path), { signal });
  const names = lines.columns ?? generatedNames(lines.width);
  return typedTable(path, names, cells.sources(names.length));
}

/** Reads lines of JSON as they arrive. */
export class JsonLines<Cell> {
  readonly #toCell: (value: unknown, place: JsonPlace) => Cell;
  readonly #known: ReadonlySet<string> | undefined;
  /** What the first line calls the values of those after it, where the columns were known before. */
  #header: readonly string[] | undefined;
  #rows: JsonRows<Cell>;
  #line = 0;
  #first: 'array' | 'object' | undefined;

  constructor(toCell: (value: unknown, place: JsonPlace) => Cell, columns: JsonColumns = {}) {
    this.#toCell = toCell;
    this.#known = columns.columns && new Set([...columns.columns, ...(columns.ignored ?? [])]);
    this.#rows = new JsonRows(lineFault, toCell, columns);
  }

  /** What the columns are called, if the lines say so. */
  get columns(): readonly string[] | undefined {
    return this.#rows.columns;
  }

  get width(): number {
    return this.#rows.width;
  }

  /** The rows, in batches. Throws TableError, naming the line. */
  async *rows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Cell[][]> {
    for await (const block of textLines(chunks)) yield this.#read(block.toString());
    if (this.#first === undefined)
      throw new TableError('empty-table', 'The table is empty: expected a JSON object or array in each line.');
  }

  #read(text: string): Cell[][] {
    const rows: Cell[][] = [];
    for (const line of text.replace(/\n$/, '').split('\n')) {
      this.#line++;
      const row = line.trim() === '' ? undefined : this.#toRow(parse(line, this.#line));
      if (row) rows.push(row);
    }
    return rows;
  }

  #toRow(value: unknown): Cell[] | undefined {
    const isFirst = this.#first === undefined;
    this.#first ??= Array.isArray(value) ? 'array' : 'object';
    if (isFirst && this.#areNames(value)) {
      if (this.#known) this.#header = value;
      else this.#rows = new JsonRows(lineFault, this.#toCell, { columns: value });
      return undefined;
    }
    if (this.#first === 'object') return this.#rows.fromRecord(this.#line, value);
    return this.#header === undefined
      ? this.#rows.fromArray(this.#line, value)
      : this.#rows.fromRecord(this.#line, this.#named(value, this.#header));
  }

  #areNames(value: unknown): value is string[] {
    if (!Array.isArray(value) || value.length === 0) return false;
    return value.every((name) => typeof name === 'string' && (this.#known?.has(name) ?? true));
  }

  #named(value: unknown, header: readonly string[]): Record<string, unknown> {
    if (!Array.isArray(value) || value.length !== header.length)
      throw lineFault(this.#line, 'ragged-row', `Expected ${header.length} values, got ${shown(value)}.`);
    return Object.fromEntries(header.map((name, index) => [name, value[index]]));
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

function lineFault(line: number, code: TableErrorCode, message: string, key?: string | number): TableError {
  const place = typeof key === 'number' ? `, value ${key + 1}` : key === undefined ? '' : `, column ${shown(key)}`;
  return new TableError(code, `Line ${line}${place}: ${message[0].toLowerCase()}${message.slice(1)}`);
}
