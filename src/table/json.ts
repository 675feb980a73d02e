import Tokenizer from '@streamparser/json/tokenizer.js';
import TokenParser from '@streamparser/json/tokenparser.js';
import { toColumnOptions } from './column-options.ts';
import { pointer, shown, TableError } from './errors.ts';
import { JsonOutline } from './json-outline.ts';
import { type JsonColumns, type JsonPlace, JsonRows, type RowFault, rowsAtOnce } from './json-rows.ts';
import type { ColumnOptions } from './kinds.ts';
import { maxLineBytes, utf8 } from './text.ts';

interface Expectation<Cell> extends JsonColumns<Cell> {
  /** The keys that the body may have. */
  readonly keys: readonly string[];
  /** Takes a cell; the faults are those of this table. */
  readonly toCell: (value: unknown, place: JsonPlace) => Cell;
}

/** The bytes of a row of nothing, with the comma after it. */
const shortestRow = 3;

/**
 * Reads `{rows: [[..], ..]}` or `{records: [{..}, ..]}` as it arrives, so that its size does not matter.
 * `name` and `columnOptions` are known once `rows` has ended.
 */
export class JsonTable<Cell> {
  name: string | undefined;
  columnOptions: readonly ColumnOptions[] = [];
  /** Makes errors that have the JSON path of what is wrong. */
  readonly fault: RowFault = (row, code, message, key) => new TableError(code, message, this.pathOf(row, key));
  readonly #keys: readonly string[];
  readonly #toCell: Expectation<Cell>['toCell'];
  #rows: JsonRows<Cell>;
  #named: readonly string[] | undefined;
  #member: unknown;
  #batch: Cell[][] = [];

  constructor({ keys, toCell, ...columns }: Expectation<Cell>) {
    this.#keys = keys;
    this.#toCell = toCell;
    this.#named = columns.columns;
    this.#rows = new JsonRows(this.fault, toCell, columns);
  }

  /** What the body names as columns, or the first record's keys. */
  get columns(): readonly string[] | undefined {
    return this.#rows.hasRecords ? this.#rows.columns : this.#named;
  }

  /** How many values a row has. */
  get width(): number {
    return this.#rows.width;
  }

  /** The JSON path of a row, by its index, or of one of its cells, by its index or key. */
  pathOf(row: number, key?: string | number): string {
    return pointer(this.#member, row, ...(key === undefined ? [] : [key]));
  }

  /** The JSON path of a cell, by the index of its row and of its column. */
  cellPath(row: number, column: number): string {
    return this.pathOf(row, this.#rows.hasRecords ? this.columns?.[column] : column);
  }

  /** The rows, in batches. Throws TableError with the JSON path of what is wrong. */
  async *rows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Cell[][]> {
    const { tokenizer, isEnded } = this.#parser();
    let rowCount = 0;
    let bytesSinceRow = 0;
    let started = false;
    for await (const chunk of this.#portions(utf8(chunks))) {
      started = true;
      write(tokenizer, chunk);
      bytesSinceRow = this.#batch.length > 0 ? 0 : bytesSinceRow + chunk.length;
      if (bytesSinceRow > maxLineBytes)
        throw new TableError(
          'line-too-long',
          `Row ${rowCount} is longer than ${maxLineBytes} bytes, the most that a row may have.`,
        );
      rowCount += this.#batch.length;
      if (this.#batch.length > 0) yield this.#batch;
      this.#batch = [];
    }
    if (!started) throw new TableError('empty-table', 'The body is empty: expected JSON with "rows" or "records".');
    if (!isEnded()) throw new TableError('not-json', 'The body is not valid JSON: it ends too early.');
  }

  /** The bytes, of which no more are read at once than can stand for so many rows of a table whose width is known. */
  async *#portions(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const size = this.#named === undefined ? Number.POSITIVE_INFINITY : shortestRow * rowsAtOnce(this.#named.length);
    for await (const chunk of chunks)
      for (let start = 0; start < chunk.length; start += size) yield chunk.subarray(start, start + size);
  }

  #parser() {
    const outline = new JsonOutline(this.#keys);
    const values = new TokenParser({ paths: ['$.name', '$.columns', '$.rows.*', '$.records.*'], keepStack: false });
    values.onValue = ({ value, key, stack }) => {
      const member = stack[1]?.key;
      if (member === undefined) this.#takeMember(key, value);
      else {
        this.#member = member;
        const row = Number(key);
        this.#batch.push(member === 'records' ? this.#rows.fromRecord(row, value) : this.#rows.fromArray(row, value));
      }
    };
    const tokenizer = new Tokenizer();
    tokenizer.onToken = (token) => {
      outline.check(token);
      values.write(token);
    };
    return { tokenizer, isEnded: () => values.isEnded };
  }

  #takeMember(key: unknown, value: unknown): void {
    if (key === 'name') {
      if (typeof value !== 'string')
        throw new TableError('not-json', `Expected a string, got ${shown(value)}.`, '/name');
      this.name = value;
      return;
    }
    this.columnOptions = toColumnOptions(value);
    this.#named = this.columnOptions.map(({ name }) => name);
    if (this.#rows.hasRecords) throw new TableError('not-json', 'Expected "columns" before "records".', '/columns');
    // Names alone say which keys records have; with options they may be about some of them.
    const open = Array.isArray(value) && value.some((column) => typeof column !== 'string');
    // Rows that came before have as many values as the first: what they are called changes nothing in them.
    if (this.#rows.width === 0) this.#rows = new JsonRows(this.fault, this.#toCell, { columns: this.#named, open });
  }
}

function write(tokenizer: Tokenizer, chunk: Uint8Array): void {
  try {
    tokenizer.write(chunk);
  } catch (error) {
    if (error instanceof TableError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const [, unexpected, byte] = /^Unexpected "(.*)" at .*position "(\d+)"/s.exec(message) ?? [];
    const reason = unexpected === undefined ? message : `unexpected ${shown(unexpected)} at byte ${byte}.`;
    throw new TableError('not-json', `The body is not valid JSON: ${reason}`);
  }
}
