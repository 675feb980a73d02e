import Tokenizer from '@streamparser/json/tokenizer.js';
import TokenParser from '@streamparser/json/tokenparser.js';
import { shown, TableError } from './errors.ts';
import { JsonOutline } from './json-outline.ts';
import { type Cell, JsonRows } from './json-rows.ts';
import { maxLineBytes, utf8 } from './text.ts';

interface Expectation {
  /** The keys that the body may have. */
  readonly keys: readonly string[];
  /** The table's columns where they are known beforehand: then every row must have a number in each of them. */
  readonly columns?: readonly string[];
}

/**
 * Reads `{rows: [[..], ..]}` or `{records: [{..}, ..]}` as it arrives, so that its size does not matter.
 * `name` and `columns` are known once `rows` has ended.
 */
export class JsonTable {
  name: string | undefined;
  readonly #keys: readonly string[];
  readonly #rows: JsonRows;
  #member: unknown;
  #batch: Cell[][] = [];

  constructor({ keys, columns }: Expectation) {
    this.#keys = keys;
    const pathOf = (row: number, key?: string | number) =>
      [`/${this.#member}/${row}`, ...(key === undefined ? [] : [key])].join('/');
    this.#rows = new JsonRows((row, code, message, key) => new TableError(code, message, pathOf(row, key)), {
      ...(columns && { columns, complete: true }),
    });
  }

  /** What the body names as columns, or the first record's keys. */
  get columns(): readonly string[] | undefined {
    return this.#rows.columns;
  }

  /** The rows, in batches. Throws TableError with the JSON path of what is wrong. */
  async *rows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Cell[][]> {
    const { tokenizer, isEnded } = this.#parser();
    let rowCount = 0;
    let bytesSinceRow = 0;
    let started = false;
    for await (const chunk of utf8(chunks)) {
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
    if (!Array.isArray(value) || !value.every((name) => typeof name === 'string'))
      throw new TableError('not-json', `Expected an array of strings, got ${shown(value)}.`, '/columns');
    if (this.#rows.hasRecords) throw new TableError('not-json', 'Expected "columns" before "records".', '/columns');
    this.#rows.columns = value;
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
