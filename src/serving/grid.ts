import { type Encoding, isNumber } from '../flow/encoding/encoding.ts';
import { type Axis, binOf, categoryAxis, centralRange, numberAxis, type Range } from './grid-axis.ts';
import { GridError } from './grid-error.ts';
import { sliceWeights } from './grid-slice.ts';
import { type Bins, smoothed } from './grid-smoothing.ts';
import type { OwnServing } from './own-serving.ts';

export interface GridAxisRequest {
  /** The place of a modelled column. */
  readonly column: number;
  /** Left out: the central range of the model's samples. */
  readonly range?: Range | undefined;
  readonly resolution: number;
}

export interface GridRequest {
  /** One axis, or x and y. */
  readonly axes: readonly GridAxisRequest[];
  /** Codes of other columns by their place; NaN is a missing cell. */
  readonly given: ReadonlyMap<number, number>;
  /** A code for each context column. */
  readonly context: readonly number[];
  readonly samples: number;
  readonly seed: number;
}

/** A density over a grid, in 1 over the units of its axes; a category or an integer has its probability. */
export interface GridDensity {
  readonly axes: readonly Axis[];
  /** [y, x], row-major, or [x]. */
  readonly density: Float64Array;
  /** Of each density, where it is estimated from samples. */
  readonly standardErrors?: Float64Array;
  /** What the density sums up to over all cells. */
  readonly integral: number;
  /**
   * Where the density is exact and other columns are given: the log of what their joint density with the axes' columns sums up
   * to over the grid, by which it was divided.
   */
  readonly logGiven?: number;
  /** What the samples are worth, as a number of independent ones; 0 where the density is exact. */
  readonly effectiveSamples: number;
}

/** The samples from which ranges are taken where nothing else is. */
const rangeSamples = 10_000;
/** Numbers in samples, at most: of many columns there are fewer samples than were asked for, as the standard errors tell. */
const sampleCells = 2 ** 22;
/** Bins along an axis, at least: where cells are fewer, each is parted into an odd number, so that a density is that at the centre of its cell. */
const leastBins = { 1: 128, 2: 48 } as const;

/**
 * The density of one or two columns over a grid, of all others integrated out, or given.
 *
 * Where there are none that are neither, it is exact: the model's own density at the centres of the cells; with values given,
 * divided by its sum over the grid, which makes it the conditional density given them and the range. Else it is estimated
 * from samples of the model, weighted where values are given (see `sliceWeights`), binned and smoothed (see `smoothed`).
 * Throws as `Serving.logProb` does, and GridError where the model gives no density to what is given.
 */
export async function gridDensity(
  serving: Pick<OwnServing, 'encoding' | 'logProb' | 'sample'>,
  id: string,
  request: GridRequest,
): Promise<GridDensity> {
  const encoding = await serving.encoding(id);
  const { axes: asked, given, context, samples, seed } = request;
  const exact = asked.length + given.size === encoding.columns.length;
  const needsRange = asked.some(({ column, range }) => isNumber(encoding.columns[column]) && !range);
  const wanted = exact ? (needsRange ? rangeSamples : 0) : samples;
  const n = Math.min(wanted, Math.ceil(sampleCells / encoding.columns.length));
  const rows = n > 0 ? await serving.sample(id, { n, seed, context }) : new Float64Array();
  const axes = asked.map((axis) => axisOf(encoding, axis, rows));
  if (exact) {
    const places = asked.map(({ column }) => column);
    const points = gridRows(encoding, { axes, places, given, context });
    const logProb = await serving.logProb(id, points, cellCount(axes));
    return exactDensity(axes, logProb, given.size > 0);
  }
  const weights = await sliceWeights({ serving, id, encoding, rows, given, context });
  return sampledDensity(axes, asked, { rows, width: encoding.columns.length, weights });
}

function axisOf(
  { columns }: Encoding,
  { column: place, range, resolution }: GridAxisRequest,
  rows: Float64Array,
): Axis {
  const column = columns[place];
  if (!isNumber(column)) return categoryAxis(column);
  const width = columns.length;
  const values = Float64Array.from({ length: rows.length / width }, (_, row) => rows[row * width + place]);
  return numberAxis(column, range ?? centralRange(column, values), resolution);
}

const cellCount = (axes: readonly Axis[]) => axes.reduce((count, { codes }) => count * codes.length, 1);
const cellSize = (axes: readonly Axis[]) => axes.reduce((size, { width }) => size * width, 1);

interface GridRows extends Pick<GridRequest, 'given' | 'context'> {
  readonly axes: readonly Axis[];
  /** The columns of the axes. */
  readonly places: readonly number[];
}

/** A row [columns + context] for each cell. */
function gridRows({ columns }: Encoding, { axes: [x, y], places, given, context }: GridRows): Float64Array {
  const template = [...columns.map((_, place) => given.get(place) ?? 0), ...context];
  const count = x.codes.length;
  const rows = new Float64Array(template.length * count * (y?.codes.length ?? 1));
  for (let cell = 0; cell < rows.length / template.length; cell++) {
    const start = cell * template.length;
    rows.set(template, start);
    rows[start + places[0]] = x.codes[cell % count];
    if (y) rows[start + places[1]] = y.codes[Math.floor(cell / count)];
  }
  return rows;
}

function exactDensity(axes: readonly Axis[], logProb: Float64Array, isSlice: boolean): GridDensity {
  const size = cellSize(axes);
  const top = logProb.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (isSlice && top === Number.NEGATIVE_INFINITY)
    throw new GridError('The density of what is given is zero on the whole grid');
  const logGiven = isSlice
    ? top + Math.log(size * logProb.reduce((sum, value) => sum + Math.exp(value - top), 0))
    : undefined;
  const density = logProb.map((value) => Math.exp(value - (logGiven ?? 0)));
  const integral = size * density.reduce((sum, value) => sum + value, 0);
  return { axes, density, integral, effectiveSamples: 0, ...(logGiven !== undefined && { logGiven }) };
}

interface Samples {
  /** [rows, width] */
  readonly rows: Float64Array;
  readonly width: number;
  readonly weights: Float64Array;
}

function sampledDensity(axes: readonly Axis[], asked: readonly GridAxisRequest[], samples: Samples): GridDensity {
  const parts = axes.map(({ column, codes }) => {
    if (column.kind !== 'continuous') return 1;
    const needed = leastBins[axes.length === 1 ? 1 : 2] / codes.length;
    return 2 * Math.ceil((needed - 1) / 2) + 1;
  });
  const bins = binned(axes, asked, parts, samples);
  const [alongColumns, alongRows = false] = axes.map(({ column }) => isNumber(column));
  const { shares, standardErrors } = smoothed(bins, [alongRows, alongColumns]);
  const [x, y] = axes;
  const places = Int32Array.from({ length: cellCount(axes) }, (_, cell) => {
    const [row, column] = [Math.floor(cell / x.codes.length), cell % x.codes.length];
    const centre = (index: number, axis: number) => index * parts[axis] + (parts[axis] - 1) / 2;
    return (y ? centre(row, 1) * bins.shape[1] : 0) + centre(column, 0);
  });
  const perBin = parts.reduce((product, count) => product * count, 1) / cellSize(axes);
  const density = Float64Array.from(places, (place) => shares[place] * perBin);
  return {
    axes,
    density,
    standardErrors: Float64Array.from(places, (place) => standardErrors[place] * perBin),
    integral: cellSize(axes) * density.reduce((sum, value) => sum + value, 0),
    effectiveSamples: 1 / bins.squareSum,
  };
}

function binned(
  axes: readonly Axis[],
  asked: readonly GridAxisRequest[],
  parts: readonly number[],
  { rows, width, weights }: Samples,
): Bins {
  const [columns, lines = 1] = axes.map(({ codes }, axis) => codes.length * parts[axis]);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const [shares, squares] = [new Float64Array(lines * columns), new Float64Array(lines * columns)];
  let squareSum = 0;
  weights.forEach((weight, sample) => {
    const share = weight / total;
    squareSum += share * share;
    const [x, y = 0] = axes.map((axis, index) => binOf(axis, rows[sample * width + asked[index].column], parts[index]));
    if (x < 0 || y < 0) return;
    shares[y * columns + x] += share;
    squares[y * columns + x] += share * share;
  });
  return { shape: [lines, columns], shares, squares, squareSum };
}
