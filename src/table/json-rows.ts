import { shown, type TableError, type TableErrorCode } from './errors.ts';

/** A cell of a numeric table; null where it is missing. */
export type Cell = number | null;

/** Makes the error for a row, by its index, or for one of its cells, by its index or key. */
export type RowFault = (row: number, code: TableErrorCode, message: string, key?: string | number) => TableError;

/** Turns JSON arrays and objects into rows of cells; the first says how wide the table is and what its columns are called. */
export class JsonRows {
  /** What the table names as its columns, or the first object's keys. */
  columns: readonly string[] | undefined;
  readonly #fault: RowFault;
  readonly #complete: boolean;
  #width: number | undefined;
  #keys: ReadonlySet<string> | undefined;

  /** Where the table must be `complete`, every row has a number in each of its columns. */
  constructor(
    fault: RowFault,
    { columns, complete = false }: { columns?: readonly string[]; complete?: boolean } = {},
  ) {
    this.#fault = fault;
    this.#complete = complete;
    this.columns = columns;
    this.#width = columns?.length;
    this.#keys = columns && new Set(columns);
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
    if (value.length !== this.#width)
      throw this.#fault(row, 'ragged-row', `Expected ${this.#width} values, got ${value.length}.`);
    return value.map((cell, column) => this.#toCell(cell, row, column));
  }

  fromRecord(row: number, value: unknown): Cell[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#fault(row, 'not-json', `Expected an object, got ${shown(value)}.`);
    const keys = Object.keys(value);
    this.columns ??= keys;
    this.#keys ??= new Set(this.columns);
    const columns = this.columns;
    // Most records have their keys in the order of the first, and are read fast.
    if (keys.length === columns.length && keys.every((key, index) => key === columns[index]))
      return Object.values(value).map((cell, column) => this.#toCell(cell, row, columns[column]));
    return this.#fromOther(row, new Map<string, unknown>(Object.entries(value)), this.#keys);
  }

  #fromOther(row: number, record: ReadonlyMap<string, unknown>, keys: ReadonlySet<string>): Cell[] {
    for (const key of record.keys())
      if (!keys.has(key))
        throw this.#fault(row, 'ragged-row', `Unknown column ${shown(key)}: expected ${[...keys].join(', ')}.`);
    const missing = this.#complete ? [...keys].find((key) => !record.has(key)) : undefined;
    if (missing !== undefined) throw this.#fault(row, 'ragged-row', `The column ${shown(missing)} is missing.`);
    return Array.from(keys, (key) => this.#toCell(record.get(key) ?? null, row, key));
  }

  #toCell(value: unknown, row: number, key: string | number): Cell {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (value === null && !this.#complete) return null;
    const expected = this.#complete ? 'a finite number' : 'a finite number or null';
    const got = typeof value === 'number' ? 'one that is too large' : shown(value);
    throw this.#fault(row, 'not-a-number', `Expected ${expected}, got ${got}.`, key);
  }
}
