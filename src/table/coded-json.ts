import type { Cell } from './cells.ts';
import { type ColumnCodes, type Encoder, encoder, isMissing, unknownCategory } from './codes.ts';
import { shown } from './errors.ts';
import type { JsonPlace } from './json-rows.ts';
import { type CodedRows, problemOf, type RowProblem } from './row-problems.ts';

/** Turns the cells of JSON rows into codes as they are read, and notes what is wrong with them. */
export class JsonCoder {
  readonly #columns: readonly ColumnCodes[];
  readonly #encoders: readonly Encoder[];
  readonly #pathOf: ((row: number, key?: string | number) => string) | undefined;
  #cellCount = 0;
  #problems: RowProblem[] = [];

  /** `pathOf` tells the JSON paths of rows and cells, where they have such. */
  constructor(columns: readonly ColumnCodes[], pathOf?: (row: number, key?: string | number) => string) {
    this.#columns = columns;
    this.#encoders = columns.map(encoder);
    this.#pathOf = pathOf;
  }

  /** The code of a cell; undefined is one that its row lacks. */
  toCode(value: unknown, { key, column }: JsonPlace): number {
    // Rows come one after the other, each with a cell for every column.
    const row = Math.floor(this.#cellCount++ / this.#columns.length);
    const codes = this.#columns[column];
    const cell = toCell(value);
    const code = cell === undefined ? badCode(codes) : this.#encoders[column](cell);
    const problem = problemOf(codes, code, cell !== undefined && isMissing(cell));
    if (problem) this.#note({ row, column: codes.name, code: problem.code }, value, problem.expected, key);
    return code;
  }

  /** The codes of an array with another number of values than there are columns. */
  ofOtherLength(length: number, expected: number): number[] {
    const width = this.#columns.length;
    const row = this.#cellCount / width;
    this.#cellCount += width;
    const path = this.#pathOf?.(row);
    const message = `Expected ${expected} values, got ${length}.`;
    this.#problems.push({ row, code: 'row-length', message, ...(path !== undefined && { path }) });
    return new Array<number>(width).fill(Number.NaN);
  }

  /** The codes of some rows, and the problems since the last. */
  take(batch: readonly (readonly number[])[]): CodedRows {
    const problems = this.#problems;
    this.#problems = [];
    return { rows: Float64Array.from(batch.flat()), rowCount: batch.length, problems };
  }

  #note(
    problem: Omit<RowProblem, 'message'> & { column: string },
    value: unknown,
    expected: string,
    key: string | number,
  ): void {
    const isAbsent = value === undefined;
    const message = isAbsent
      ? `The column ${shown(problem.column)} is missing.`
      : `Expected ${expected}, got ${got(value)}.`;
    const path = this.#pathOf?.(problem.row, isAbsent ? undefined : key);
    this.#problems.push({ ...problem, message, ...(path !== undefined && { path }) });
  }
}

/** A cell that a row lacks is missing; what no cell can be is undefined. */
function toCell(value: unknown): Cell | undefined {
  if (value === undefined || value === null) return null;
  const isCell = typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
  return isCell ? value : undefined;
}

const badCode = ({ kind }: ColumnCodes) => (kind === 'number' ? Number.NaN : unknownCategory);

function got(value: unknown): string {
  return typeof value === 'number' && !Number.isFinite(value) ? 'one that is too large' : shown(value);
}
