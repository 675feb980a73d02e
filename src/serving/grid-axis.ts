import { type ColumnEncoding, isNumber, type NumberEncoding } from '../flow/encoding/encoding.ts';

/** One axis of a grid of densities. */
export interface Axis {
  readonly column: ColumnEncoding;
  /** The codes at which the density is asked for: the centres of cells that follow each other, or every category. */
  readonly codes: Float64Array;
  /** How much of the column each cell spans; 1 for categories. */
  readonly width: number;
}

export type Range = readonly [lower: number, upper: number];

/** The shares of the samples that lie below and above the range of a column, before it is widened. */
const tail = 0.001;
/** How much the range is widened, of its length, at each end. */
const widening = 0.05;

/** The central range of a column, widened but within its bounds, of at least a few of its values; missing cells are left out. */
export function centralRange({ lower = -Infinity, upper = Infinity }: NumberEncoding, values: Float64Array): Range {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length === 0) return [Math.max(lower, -1), Math.min(upper, 1)];
  const beyond = Math.floor(tail * sorted.length);
  const [first, last] = [sorted[beyond], sorted[sorted.length - 1 - beyond]];
  const margin = last > first ? widening * (last - first) : 0.5;
  return [Math.max(lower, first - margin), Math.min(upper, last + margin)];
}

/** Every category of a column, the missing cell last where that is one of its values. */
export function categoryAxis(column: ColumnEncoding): Axis {
  const codes =
    column.kind === 'categorical' ? [...column.categories.keys(), ...(column.missing ? [Number.NaN] : [])] : [];
  return { column, codes: Float64Array.from(codes), width: 1 };
}

/**
 * A range parted into at most `resolution` cells. A cell of integers holds an odd number of them, one where that is enough,
 * so that its centre is one.
 */
export function numberAxis(column: NumberEncoding, [lower, upper]: Range, resolution: number): Axis {
  if (column.kind === 'continuous') {
    const width = (upper - lower) / resolution;
    return {
      column,
      codes: Float64Array.from({ length: resolution }, (_, cell) => lower + (cell + 0.5) * width),
      width,
    };
  }
  const first = Math.ceil(lower);
  const count = Math.max(1, Math.floor(upper) - first + 1);
  const width = 2 * Math.floor(Math.ceil(count / resolution) / 2) + 1;
  const codes = Float64Array.from(
    { length: Math.ceil(count / width) },
    (_, cell) => first + (width - 1) / 2 + cell * width,
  );
  return { column, codes, width };
}

/** The number of the bin that a code falls into, when each cell is parted into `parts` bins; -1 beyond the axis. */
export function binOf({ column, codes, width }: Axis, code: number, parts: number): number {
  if (!isNumber(column)) return Number.isNaN(code) ? (column.missing ? codes.length - 1 : -1) : code;
  const bin = Math.floor(((code - codes[0]) / width + 0.5) * parts);
  return bin >= 0 && bin < codes.length * parts ? bin : -1;
}
