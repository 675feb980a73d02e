import { shown, type TableError, type TableErrorCode } from './errors.ts';

/** Makes the error for a row, by its index, or for one of its cells, by its index or key. */
export type RowFault = (row: number, code: TableErrorCode, message: string, key?: string | number) => TableError;

/** A cell as JSON has it, undefined where an object lacks it, and its place: `key` is its index or key in its row. */
export interface JsonPlace {
  readonly row: number;
  readonly key: string | number;
  readonly column: number;
}

export interface JsonColumns<Cell = never> {
  /** What the table names as its columns: the first of them, or all. */
  readonly columns?: readonly string[] | undefined;
  /** Whether objects may have others too. */
  readonly open?: boolean;
  /** Keys that objects may have beside the columns. */
  readonly ignored?: readonly string[];
  /** Makes a row of an array that has so many values and not as many as expected; else that is an error. */
  readonly ofOtherLength?: (length: number, expected: number) => Cell[];
}

/** Short lines may stand for rows of many values, and what is made of them at once is bounded. */
const cellsAtOnce = 2 ** 19;

/** How many rows of so many values are made before they are handed on. */
export const rowsAtOnce = (width: number) => Math.max(1, Math.floor(cellsAtOnce / Math.max(1, width)));

/** Turns JSON arrays and objects into rows; the first says how wide the table is and what its columns are called. */
export class JsonRows<Cell> {
  readonly #fault: RowFault;
  readonly #toCell: (value: unknown, place: JsonPlace) => Cell;
  readonly #ignored: ReadonlySet<string>;
  readonly #ofOtherLength: JsonColumns<Cell>['ofOtherLength'];
  #columns: readonly string[] | undefined;
  #open: boolean;
  #width: number | undefined;
  #keys: ReadonlySet<string> | undefined;

  constructor(
    fault: RowFault,
    toCell: (value: unknown, place: JsonPlace) => Cell,
    { columns, open = false, ignored = [], ofOtherLength }: JsonColumns<Cell> = {},
  ) {
    this.#fault = fault;
    this.#toCell = toCell;
    this.#ignored = new Set(ignored);
    this.#ofOtherLength = ofOtherLength;
    this.#columns = columns;
    this.#open = open;
    this.#width = columns?.length;
  }

  /** What the table names as its columns, or the first object's keys. */
  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  /** How many values a row has; 0 where none has been seen. */
  get width(): number {
    return this.#keys?.size ?? this.#width ?? 0;
  }

  get hasRecords(): boolean {
    return this.#keys !== undefined;
  }

  fromArray(row: number, value: unknown): Cell[] {
    if (!Array.isArray(value)) throw this.#fault(row, 'not-json', `Expected an array, got ${shown(value)}.`);
    this.#width ??= value.length;
    if (value.length !== this.#width && this.#ofOtherLength) return this.#ofOtherLength(value.length, this.#width);
    if (value.length !== this.#width)
      throw this.#fault(row, 'ragged-row', `Expected ${this.#width} values, got ${value.length}.`);
    return value.map((cell, column) => this.#toCell(cell, { row, key: column, column }));
  }

  fromRecord(row: number, value: unknown): Cell[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#fault(row, 'not-json', `Expected an object, got ${shown(value)}.`);
    const given = Object.keys(value);
    this.#keys ??= this.#keysOf(given);
    const columns = this.#columns ?? [];
    // Most records have their keys in the order of the first, and are read fast.
    if (given.length === columns.length && given.every((key, index) => key === columns[index]))
      return Object.values(value).map((cell, column) => this.#toCell(cell, { row, key: columns[column], column }));
    const keys = this.#keys;
    const unknown = given.find((key) => !keys.has(key) && !this.#ignored.has(key));
    if (unknown !== undefined)
      throw this.#fault(row, 'ragged-row', `Unknown column ${shown(unknown)}: expected ${listed(keys)}.`);
    return this.#fromOther(row, new Map<string, unknown>(Object.entries(value)), keys);
  }

  #fromOther(row: number, record: ReadonlyMap<string, unknown>, keys: ReadonlySet<string>): Cell[] {
    return Array.from(keys, (key, column) => this.#toCell(record.get(key), { row, key, column }));
  }

  #keysOf(first: readonly string[]): ReadonlySet<string> {
    const columns = this.#columns ?? [];
    const others = this.#columns === undefined || this.#open ? first : [];
    const keys = new Set([...columns, ...others]);
    this.#columns = [...keys];
    return keys;
  }
}

/** So many names tell what is expected. */
const namesShown = 20;

function listed(names: ReadonlySet<string>): string {
  const more = names.size > namesShown ? ` and ${names.size - namesShown} more` : '';
  return `${[...names].slice(0, namesShown).join(', ')}${more}`;
}
