import type { Bounds } from '../flow/encoding/bounds.ts';
import { type CategoryEncoding, type Encoding, lineBounds, type NumberEncoding } from '../flow/encoding/encoding.ts';
import { TrainingError } from './errors.ts';
import { columnTies, type Ties } from './ties.ts';

/** A column as it comes to training: what its codes are (see `Encoding`). */
export type SourceColumn = NumberSource | Pick<CategoryEncoding, 'name' | 'kind' | 'categories'>;
type NumberSource = Pick<NumberEncoding, 'name' | 'kind' | 'lower' | 'upper'>;

/** What becomes of missing cells. */
export type MissingPolicy = 'reject' | 'drop' | 'impute' | 'model';

/** A table in codes [rows, columns], row-major; NaN where a cell is missing. */
export interface Rows {
  readonly values: Float64Array;
  /** A name alone stands for a column of numbers without bounds. */
  readonly columns: readonly (string | SourceColumn)[];
}

export const sourceColumn = (column: string | SourceColumn): SourceColumn =>
  typeof column === 'string' ? { name: column, kind: 'continuous' } : column;

export const columnName = (column: string | SourceColumn): string => sourceColumn(column).name;

/** A column's encoding, and over how much its values are spread evenly in training, in its own units. */
interface FittedColumn {
  readonly encoding: Encoding['columns'][number];
  readonly step: number;
  readonly ties: Ties;
}

export interface FitColumnsOptions {
  readonly context: number;
  readonly missing: MissingPolicy;
  /** A scale for the resolution of columns with ties. */
  readonly tieSpread: number;
  /** All rows, but for those that are dropped. */
  readonly used: Int32Array;
  /** The rows that locations and scales are taken from. */
  readonly training: Int32Array;
  /** The rows in which ties are looked for. */
  readonly inspected: Int32Array;
}

/**
 * How columns are encoded: location and scale are mean and deviation over the training rows of the number taken to the whole
 * line, as if each value were spread evenly over its column's step; a missing cell is imputed by median or commonest
 * category. Where training rows have no value, or but one that is not spread, all rows are taken instead.
 * Throws TrainingError when a column does not vary in any row, is too large to be squared, or lies outside its bounds.
 */
export function fitColumns(
  rows: Rows,
  options: FitColumnsOptions,
): { encoding: Encoding; fitted: readonly FittedColumn[] } {
  const columns = rows.columns.map(sourceColumn);
  const modelled = columns.length - options.context;
  const fitted = columns.map((column, place) => fitColumn(rows, { column, place, modelled }, options));
  const encodings = fitted.map(({ encoding }) => encoding);
  return { encoding: { columns: encodings.slice(0, modelled), context: encodings.slice(modelled) }, fitted };
}

/** A loop, for `from` with a function takes ten times as long, and rows are millions. */
function cellsOf(values: Float64Array, rows: Int32Array, { width, place }: { width: number; place: number }) {
  const cells = new Float64Array(rows.length);
  for (let index = 0; index < rows.length; index++) cells[index] = values[rows[index] * width + place];
  return cells;
}

interface Place {
  readonly column: SourceColumn;
  readonly place: number;
  /** How many columns are modelled: those from here on are context. */
  readonly modelled: number;
}

function fitColumn(
  { values, columns }: Rows,
  { column, place, modelled }: Place,
  { missing, tieSpread, used, training, inspected }: FitColumnsOptions,
): FittedColumn {
  const cells = (numbers: Int32Array) => cellsOf(values, numbers, { width: columns.length, place });
  const observed = (numbers: Int32Array) => cells(numbers).filter((value) => !Number.isNaN(value));
  const all = cells(used);
  const hasGaps = all.some(Number.isNaN);
  const ofTraining = observed(training);
  const seen = ofTraining.length > 0 ? ofTraining : observed(used);
  if (seen.length === 0 && (column.kind !== 'categorical' || missing === 'impute'))
    throw new TrainingError(
      'empty-column',
      `The column "${column.name}" has no value in any of ${used.length} rows: leave it out`,
    );
  const gaps = { missing: hasGaps && missing === 'model' };
  const ties = columnTies(observed(inspected));
  if (column.kind === 'categorical') {
    const fill = hasGaps && missing === 'impute' ? { fill: commonest(seen) } : {};
    return { encoding: { ...column, ...gaps, ...fill }, step: 0, ties };
  }
  const resolution = place < modelled ? tieSpread * ties.resolution : 0;
  const step = column.kind === 'integer' && place < modelled ? Math.max(1, resolution) : resolution;
  const bounded = { ...column, ...touchedBounds(column, { values: all, used }, step) };
  const { location, scale } = moments(bounded, step > 0 || varies(seen) ? seen : observed(used), step);
  const fill = hasGaps && missing === 'impute' ? { fill: median(seen) } : {};
  const atoms = column.kind === 'continuous' && step > 0 ? atomsOf(seen, step) : {};
  return { encoding: { ...bounded, ...atoms, location, scale, ...gaps, ...fill }, step, ties };
}

/**
 * A column whose values lie on a bound has a margin beyond it: at the bound itself the density would be zero. Held-out rows
 * count too, since they are to be scored.
 */
function touchedBounds(
  { name, kind, lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY }: NumberSource,
  { values, used }: { values: Float64Array; used: Int32Array },
  step: number,
): Pick<NumberEncoding, 'margin'> {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [index, value] of values.entries()) {
    if (value < lower || value > upper)
      throw new TrainingError(
        'out-of-bounds',
        `Data row ${used[index] + 1}, column "${name}": ${value} is ${value < lower ? `below ${lower}` : `above ${upper}`}, its bound`,
      );
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (kind === 'integer' || (least !== lower && most !== upper)) return {};
  return { margin: Math.max(step / 2, smallestMargin * (most - least)) };
}

/** A value is an atom if it is this part of a column, as zero often is: of dry days, of customers who bought nothing. */
const atomShare = 0.05;

/** An atom reaches as far as it was spread in training, and no more than half-way to the next value. */
function atomsOf(values: Float64Array, step: number): Pick<NumberEncoding, 'atoms'> {
  const counts = [...countsOf(values)].sort(([a], [b]) => a - b);
  const atoms = counts.flatMap(([value, count], place) => {
    if (count < atomShare * values.length) return [];
    const gaps = [counts[place - 1], counts[place + 1]].flatMap((next) => (next ? [Math.abs(next[0] - value)] : []));
    return [{ value, reach: Math.min(step, ...gaps) / 2 }];
  });
  return atoms.length > 0 ? { atoms } : {};
}

/** Of the range of a column. */
const smallestMargin = 1e-6;

function moments(
  column: NumberSource & Pick<NumberEncoding, 'margin'>,
  values: Float64Array,
  step: number,
): { location: number; scale: number } {
  const { name } = column;
  if (step === 0 && !varies(values))
    throw new TrainingError(
      'constant-column',
      `The column "${name}" is ${values[0]} in all ${values.length} rows: leave it out`,
    );
  const bounds = lineBounds(column);
  const line = values.map((value) => onLine(value, bounds));
  // Summed as distances from one of the values: sums of large values close together would lose what tells them apart.
  const shift = line.reduce((total, value) => total + (value - line[0]), 0) / line.length;
  const location = line[0] + shift;
  const variance = line.reduce((total, value) => total + (value - location) ** 2, 0) / line.length;
  const isBounded = bounds.lower !== undefined || bounds.upper !== undefined;
  const scale = Math.sqrt(variance + (isBounded ? 0 : step ** 2 / 12));
  if (!Number.isFinite(scale))
    throw new TrainingError(
      'values-too-large',
      `The values of the column "${name}" are too large: give it another unit`,
    );
  return { location, scale: scale > 0 ? scale : 1 };
}

const varies = (values: Float64Array) => values.some((value) => value !== values[0]);

/** A number taken to the whole line, as `toLine` of the flow does. */
export function onLine(value: number, { lower, upper }: Bounds): number {
  if (lower !== undefined && upper !== undefined) return Math.log((value - lower) / (upper - value));
  if (lower !== undefined) return Math.log(value - lower);
  return upper === undefined ? value : Math.log(upper - value);
}

const median = (values: Float64Array) => values.toSorted()[Math.floor(values.length / 2)];

function commonest(codes: Float64Array): number {
  return [...countsOf(codes)].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0];
}

function countsOf(values: Float64Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
