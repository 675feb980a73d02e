import type { Source } from './cell-sql.ts';
import type { Cell } from './cells.ts';
import { shown } from './errors.ts';
import type { JsonPlace, RowFault } from './json-rows.ts';

const types = ['number', 'string', 'boolean'] as const;

/** Takes the cells of uploaded JSON for what they are, and remembers what the columns hold. */
export class JsonCells {
  readonly #fault: RowFault;
  readonly #seen: Set<string>[] = [];

  constructor(fault: RowFault) {
    this.#fault = fault;
  }

  /** Throws the fault of a value that no cell can have. */
  toCell(value: unknown, { row, key, column }: JsonPlace): Cell {
    if (value === null || value === undefined) return null;
    if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean')
      throw this.#fault(
        row,
        'column-type',
        `Expected a number, a text, true, false or null, got ${shown(value)}.`,
        key,
      );
    if (typeof value === 'number' && !Number.isFinite(value))
      throw this.#fault(row, 'not-a-number', 'Expected a finite number, got one that is too large.', key);
    this.#seen[column] = (this.#seen[column] ?? new Set()).add(typeof value);
    return value;
  }

  /** What each of so many columns holds. */
  sources(width: number): Source[] {
    return Array.from({ length: width }, (_, column) => {
      const [type = 'number', another] = types.filter((candidate) => this.#seen[column]?.has(candidate));
      return another === undefined ? type : 'text';
    });
  }
}
