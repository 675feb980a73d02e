import { shown, TableError, type TableErrorCode } from './errors.ts';
import { type JsonColumns, type JsonPlace, JsonRows, rowsAtOnce } from './json-rows.ts';
import { parseJson } from './nested-json.ts';
import { textLines } from './text.ts';

/** Reads lines of JSON as they arrive. */
export class JsonLines<Cell> {
  readonly #toCell: (value: unknown, place: JsonPlace) => Cell;
  readonly #known: ReadonlySet<string> | undefined;
  readonly #ofOtherLength: JsonColumns<Cell>['ofOtherLength'];
  /** What the first line calls the values of those after it, where the columns were known before. */
  #header: readonly string[] | undefined;
  #rows: JsonRows<Cell>;
  #line = 0;
  #kind: 'array' | 'object' | undefined;

  constructor(toCell: (value: unknown, place: JsonPlace) => Cell, columns: JsonColumns<Cell> = {}) {
    this.#toCell = toCell;
    this.#ofOtherLength = columns.ofOtherLength;
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

  /** What each line holds, once they are read. Throws TableError where there are none. */
  get kind(): 'array' | 'object' {
    if (this.#kind === undefined) throw noLines();
    return this.#kind;
  }

  /** The rows, in batches. Throws TableError, naming the line. */
  async *rows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Cell[][]> {
    for await (const block of textLines(chunks)) {
      const lines = linesOf(block);
      for (let first = 0; first < lines.length; ) {
        const count = rowsAtOnce(this.width);
        const rows = lines.slice(first, first + count).map((line) => this.#read(line));
        yield rows.filter((row) => row !== undefined);
        first += count;
      }
    }
    if (this.#kind === undefined) throw noLines();
  }

  /** The lines as they are, but the columns' names as a blank line, once each is checked. Throws as `rows` does. */
  async *checked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    for await (const block of textLines(chunks)) {
      const lines = linesOf(block);
      yield `${lines.map((line) => (this.#read(line) ? line : '')).join('\n')}\n`;
    }
  }

  #read(text: string): Cell[] | undefined {
    this.#line++;
    if (text.trim() === '') return undefined;
    const value = parse(text, this.#line);
    const isFirst = this.#kind === undefined;
    this.#kind ??= Array.isArray(value) ? 'array' : 'object';
    if (isFirst && this.#areNames(value)) {
      if (this.#known) this.#header = value;
      else this.#rows = new JsonRows(lineFault, this.#toCell, { columns: value });
      return undefined;
    }
    if (this.#kind === 'object') return this.#rows.fromRecord(this.#line, value);
    if (this.#header === undefined) return this.#rows.fromArray(this.#line, value);
    if (this.#ofOtherLength && Array.isArray(value) && value.length !== this.#header.length)
      return this.#ofOtherLength(value.length, this.#header.length);
    return this.#rows.fromRecord(this.#line, this.#named(value, this.#header));
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

const noLines = () =>
  new TableError('empty-table', 'The table is empty: expected a JSON object or array in each line.');

/** The lines of a block that ends where one does. */
export const linesOf = (block: Buffer) => block.toString().replace(/\n$/, '').split('\n');

function parse(text: string, line: number): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TableError('not-json', `Line ${line} is not valid JSON: ${reason}.`);
  }
}

/** The error for a line, by its number, or for one of its cells, by its index or key. */
export function lineFault(line: number, code: TableErrorCode, message: string, key?: string | number): TableError {
  const place = typeof key === 'number' ? `, value ${key + 1}` : key === undefined ? '' : `, column ${shown(key)}`;
  return new TableError(code, `Line ${line}${place}: ${message[0].toLowerCase()}${message.slice(1)}`);
}
