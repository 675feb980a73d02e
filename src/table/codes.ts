import { type Category, toCategory } from './categories.ts';
import { formSql, type Source } from './cell-sql.ts';
import { booleanOf, type Cell, numberOf, trimmedText } from './cells.ts';
import { literal } from './duckdb.ts';

/**
 * How the cells of a column are numbers to a model: a number is itself, a category its place in `categories`, a missing
 * cell NaN, and a category that is not among them -1.
 */
export type ColumnCodes =
  | {
      readonly name: string;
      readonly kind: 'number';
      /** Whether only whole numbers are right. */
      readonly integer?: boolean;
      /** Between which numbers the right ones are. */
      readonly lower?: number;
      readonly upper?: number;
      /** Whether the bounds themselves are wrong. */
      readonly open?: boolean;
    }
  | { readonly name: string; readonly kind: 'category'; readonly categories: readonly Category[] };

/** The code of a category that is not among those of its column. */
export const unknownCategory = -1;

/** A stored column, as far as its codes depend on it. */
interface StoredColumn {
  readonly name: string;
  readonly kind: string;
  readonly summary: object;
}

/** The codes of a stored column. Throws TypeError when its summary is not one of its kind. */
export function codesOf(column: StoredColumn): ColumnCodes {
  const { name, kind } = column;
  if (kind === 'continuous') return { name, kind: 'number' };
  if (kind === 'integer') return { name, kind: 'number', integer: true };
  return { name, kind: 'category', categories: categoriesOf(column) };
}

/** The categories of a stored column, in the order of their codes. Throws TypeError when its summary does not list them. */
export function categoriesOf({ name, summary }: StoredColumn): Category[] {
  const listed: unknown = Reflect.get(summary, 'categories');
  if (!Array.isArray(listed))
    throw new TypeError(`column ${name}: expected categories, got ${JSON.stringify(summary)}`);
  return listed.map(({ value }) => toCategory(value));
}

/** SQL for the code of a cell from a source, as DOUBLE; NULL where it is missing, or not a number. */
export function codeSql(cell: string, source: Source, codes: ColumnCodes): string {
  if (codes.kind === 'number') return `(${formSql(cell, source, 'number')})::DOUBLE`;
  const value = formSql(cell, source, formOf(codes.categories));
  const place = `coalesce(list_position([${codes.categories.map(categoryLiteral)}], ${value}), 0)`;
  return `CASE WHEN ${cell} IS NOT NULL THEN (${place} - 1)::DOUBLE END`;
}

/** What the categories of a column are; they are all of one type. */
export function formOf([first]: readonly Category[]) {
  if (typeof first === 'number') return 'number';
  return typeof first === 'boolean' ? 'boolean' : 'text';
}

function categoryLiteral(category: Category): string {
  if (typeof category === 'string') return literal(category);
  return typeof category === 'number' ? `'${category}'::DOUBLE` : String(category);
}

/** Turns cells into codes, as SQL does with those of a table. */
export type Encoder = (cell: Cell) => number;

/** The encoder of a column: NaN for what is missing or not a number. */
export function encoder(codes: ColumnCodes): Encoder {
  if (codes.kind === 'number') return (cell) => toNumber(cell) ?? Number.NaN;
  const form = formOf(codes.categories);
  const places = new Map(codes.categories.map((category, place) => [category, place]));
  const value = { number: toNumber, boolean: toBoolean, text: toText }[form];
  return (cell) => {
    if (isMissing(cell)) return Number.NaN;
    const category = value(cell);
    return (category === undefined ? undefined : places.get(category)) ?? unknownCategory;
  };
}

/** Whether a cell is missing, be it by a text that stands for that. */
export function isMissing(cell: Cell): boolean {
  return cell === null || (typeof cell === 'string' && trimmedText(cell) === null);
}

function toNumber(cell: Cell): number | undefined {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : undefined;
  if (typeof cell === 'boolean') return Number(cell);
  const text = cell === null ? null : trimmedText(cell);
  return text === null ? undefined : numberOf(text);
}

function toBoolean(cell: Cell): boolean | undefined {
  if (typeof cell === 'boolean') return cell;
  const text = cell === null ? null : trimmedText(String(cell));
  return text === null ? undefined : booleanOf(text);
}

function toText(cell: Cell): string | undefined {
  return cell === null ? undefined : (trimmedText(String(cell)) ?? undefined);
}

/**
 * The cells that the codes of a block of rows [rows, columns] stand for, in batches of rows: null for what is not a finite
 * number, or no place among the categories. Where only whole numbers are right, they are rounded.
 */
export function* cellsOf(values: Float64Array, columns: readonly ColumnCodes[], batchRows = 4096): Generator<Cell[][]> {
  const width = columns.length;
  const decoders = columns.map(decoder);
  for (let start = 0; start < values.length; start += batchRows * width) {
    const end = Math.min(values.length, start + batchRows * width);
    const rows: Cell[][] = [];
    for (let row = start; row < end; row += width)
      rows.push(decoders.map((decode, column) => decode(values[row + column])));
    yield rows;
  }
}

function decoder(codes: ColumnCodes): (code: number) => Cell {
  if (codes.kind === 'number') {
    // Not -0, which would be another number to some readers.
    const toNumber = codes.integer ? (code: number) => Math.round(code) + 0 : (code: number) => code;
    return (code) => (Number.isFinite(code) ? toNumber(code) : null);
  }
  return (code) => codes.categories[code] ?? null;
}
