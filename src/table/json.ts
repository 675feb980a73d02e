import Tokenizer from '@streamparser/json/tokenizer.js';
import TokenParser from '@streamparser/json/tokenparser.js';
import { shown, TableError } from './errors.ts';
import { JsonOutline } from './json-outline.ts';
import { maxLineBytes, utf8 } from './text.ts';

/** A cell of a numeric table; null where it is missing. */
export type Cell = number | null;

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
  /** What the body names as columns, or the first record's keys. */
  columns: readonly string[] | undefined;
  readonly #keys: readonly string[];
  readonly #complete: boolean;
  #batch: Cell[][] = [];
  #width: number | undefined;
  #recordKeys: ReadonlySet<string> | undefined;

  constructor({ keys, columns }: Expectation) {
    this.#keys = keys;
    this.#complete = columns !== undefined;
    this.columns = columns;
    this.#width = columns?.length;
    this.#recordKeys = columns && new Set(columns);
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
        throw new TableError('line-too-long', `Row ${rowCount} is longer than ${maxLineBytes} bytes.`);
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
      else this.#takeRow(`/${member}/${key}`, value, member === 'records');
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
    if (this.#recordKeys) throw new TableError('not-json', 'Expected "columns" before "records".', '/columns');
    this.columns = value;
  }

  #takeRow(path: string, value: unknown, isRecord: boolean): void {
    this.#batch.push(isRecord ? this.#fromRecord(path, value) : this.#fromRow(path, value));
  }

  #fromRow(path: string, row: unknown): Cell[] {
    if (!Array.isArray(row)) throw new TableError('not-json', `Expected an array, got ${shown(row)}.`, path);
    this.#width ??= row.length;
    if (row.length !== this.#width)
      throw new TableError('ragged-row', `Expected ${this.#width} values, got ${row.length}.`, path);
    return row.map((value, column) => this.#toCell(value, `${path}/${column}`));
  }

  #fromRecord(path: string, value: unknown): Cell[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new TableError('not-json', `Expected an object, got ${shown(value)}.`, path);
    const record = new Map<string, unknown>(Object.entries(value));
    this.#recordKeys ??= new Set(this.columns ?? record.keys());
    const keys = this.#recordKeys;
    this.columns ??= [...keys];
    for (const key of record.keys())
      if (!keys.has(key))
        throw new TableError('ragged-row', `Unknown column ${shown(key)}: expected ${[...keys].join(', ')}.`, path);
    const missing = this.#complete ? [...keys].find((key) => !record.has(key)) : undefined;
    if (missing !== undefined) throw new TableError('ragged-row', `The column ${shown(missing)} is missing.`, path);
    return [...keys].map((key) => this.#toCell(record.get(key) ?? null, `${path}/${key}`));
  }

  #toCell(value: unknown, path: string): Cell {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (value === null && !this.#complete) return null;
    const expected = this.#complete ? 'a finite number' : 'a finite number or null';
    const got = typeof value === 'number' ? 'one that is too large' : shown(value);
    throw new TableError('not-a-number', `Expected ${expected}, got ${got}.`, path);
  }
}

function write(tokenizer: Tokenizer, chunk: Uint8Array): void {
  try {
    tokenizer.write(chunk);
  } catch (error) {
    if (error instanceof TableError) throw error;
    throw new TableError('not-json', `The body is not valid JSON: ${error instanceof Error ? error.message : error}`);
  }
}
