import type { Bounds } from './bounds.ts';

/** What every column says of its missing cells. Where it says nothing, the density of a row that lacks one is zero. */
interface Gaps {
  /** Whether it is modelled that a cell is missing; then there is no `fill`. */
  readonly missing: boolean;
  /** The code that a missing cell is taken for. */
  readonly fill?: number;
}

/** A column of numbers. What is encoded is (y - location) / scale, where y is the number taken to the whole line. */
export interface NumberEncoding extends Bounds, Gaps {
  readonly name: string;
  /** Of an integer, v stands for all numbers in [v - 1/2, v + 1/2), within bounds that are themselves possible values. */
  readonly kind: 'continuous' | 'integer';
  /** How far beyond its bounds the flow may lie; half a step for integers where it is left out, else nothing. */
  readonly margin?: number;
  /** Values that many rows share: a sample within `reach` of one is that value. */
  readonly atoms?: readonly { readonly value: number; readonly reach: number }[];
  readonly location: number;
  /** Positive. */
  readonly scale: number;
}

/** A column of few values: texts, booleans, or few integers. */
export interface CategoryEncoding extends Gaps {
  readonly name: string;
  readonly kind: 'categorical';
  readonly categories: readonly (string | number | boolean)[];
}

export type ColumnEncoding = NumberEncoding | CategoryEncoding;

/**
 * How the cells of a table become numbers for a flow. The rows of a table in codes are float64 [rows, columns + context]: a
 * number is itself, a category its place in `categories`, and a missing cell NaN.
 */
export interface Encoding {
  readonly columns: readonly ColumnEncoding[];
  readonly context: readonly ColumnEncoding[];
}

/** The encoding of continuous columns without bounds or missing cells: u = (x - location) / scale. */
export function continuousColumn(name: string, location: number, scale: number): NumberEncoding {
  return { name, kind: 'continuous', location, scale, missing: false };
}

/** Columns, and context, that are all continuous without bounds or missing cells. */
export function continuousEncoding(
  columns: readonly string[],
  context: readonly string[],
  { location, scale }: { readonly location: ArrayLike<number>; readonly scale: ArrayLike<number> },
): Encoding {
  const all = [...columns, ...context].map((name, index) => continuousColumn(name, location[index], scale[index]));
  return { columns: all.slice(0, columns.length), context: all.slice(columns.length) };
}

export const isNumber = (column: ColumnEncoding): column is NumberEncoding => column.kind !== 'categorical';

/** Whether there is nothing to the column but location and scale. */
export const isPlain = (column: ColumnEncoding): column is NumberEncoding =>
  column.kind === 'continuous' &&
  column.lower === undefined &&
  column.upper === undefined &&
  column.fill === undefined &&
  !column.missing;

/** How many values the column may take, a missing cell being the last of them where that is modelled. */
export const categoryCount = ({ categories, missing }: CategoryEncoding): number => categories.length + Number(missing);

/** What the number lies strictly between before it is taken to the whole line: an integer stands for all numbers near it. */
export function lineBounds({
  kind,
  lower,
  upper,
  margin = kind === 'integer' ? 0.5 : 0,
}: Pick<NumberEncoding, 'kind' | 'lower' | 'upper' | 'margin'>): Bounds {
  return {
    ...(lower !== undefined && { lower: lower - margin }),
    ...(upper !== undefined && { upper: upper + margin }),
  };
}
