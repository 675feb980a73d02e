import type { Category } from './categories.ts';
import { type ColumnCodes, unknownCategory } from './codes.ts';
import { shown, TableError } from './errors.ts';

/** What is wrong with a row that is to be scored, or with a cell of it. */
export interface RowProblem {
  /** The index of the row, from 0. */
  readonly row: number;
  /** The name of the column; none where the row itself is wrong. */
  readonly column?: string;
  readonly code:
    | 'missing-cell'
    | 'not-a-number'
    | 'not-an-integer'
    | 'out-of-bounds'
    | 'unknown-category'
    | 'row-length';
  /** A sentence without the place. */
  readonly message: string;
  /** The JSON path of the cell, or of the row that lacks it, where the rows came as JSON. */
  readonly path?: string;
}

/** Rows as a model takes them, [rowCount, columns], row-major, and what is wrong with some of them. */
export interface CodedRows {
  /** NaN where a cell is missing or not a number, -1 where it is an unknown category. */
  readonly rows: Float64Array;
  readonly rowCount: number;
  /** In the order of the rows. */
  readonly problems: readonly RowProblem[];
}

/** What is wrong with a cell that has a code; `got` is how a message shows it. */
export function problemOf(
  codes: ColumnCodes,
  code: number,
  isMissing: boolean,
): { code: RowProblem['code']; expected: string } | undefined {
  if (codes.kind === 'category') {
    if (!isMissing && code !== unknownCategory) return undefined;
    return { code: isMissing ? 'missing-cell' : 'unknown-category', expected: oneOf(codes.categories) };
  }
  if (!Number.isFinite(code)) return { code: isMissing ? 'missing-cell' : 'not-a-number', expected: 'a finite number' };
  if (codes.integer && !Number.isInteger(code)) return { code: 'not-an-integer', expected: 'a whole number' };
  return isWithin(code, codes) ? undefined : { code: 'out-of-bounds', expected: boundsText(codes) };
}

type NumberCodes = Extract<ColumnCodes, { kind: 'number' }>;

function isWithin(
  value: number,
  { lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY, open }: NumberCodes,
) {
  return open ? value > lower && value < upper : value >= lower && value <= upper;
}

function boundsText({ lower, upper, open }: NumberCodes): string {
  if (lower !== undefined && upper !== undefined)
    return open ? `a number between ${lower} and ${upper}, without these` : `a number from ${lower} to ${upper}`;
  if (lower !== undefined) return open ? `a number above ${lower}` : `a number of at least ${lower}`;
  return open ? `a number below ${upper}` : `a number of at most ${upper}`;
}

const listedCategories = 10;

function oneOf(categories: readonly Category[]): string {
  const listed = categories.slice(0, listedCategories).map(shown).join(', ');
  return `one of ${listed}${categories.length > listedCategories ? ' and others' : ''}`;
}

/** A problem as the error of the whole table. */
export function problemError({ row, column, code, message, path }: RowProblem): TableError {
  if (path !== undefined) return new TableError(code, message, path);
  const place = `Data row ${row + 1}${column === undefined ? '' : `, column ${shown(column)}`}`;
  return new TableError(code, `${place}: ${message[0].toLowerCase()}${message.slice(1)}`);
}
