import {
  abs,
  add,
  and,
  cast,
  concat,
  div,
  equal,
  floor,
  gather,
  greater,
  greaterOrEqual,
  max,
  min,
  mul,
  not,
  split,
  sub,
  sum,
  where,
} from '../graph/operations.ts';
import { constant, scalar, type Tensor } from '../graph/tensor.ts';
import { row, toLine } from './bounds.ts';
import {
  type CategoryEncoding,
  type ColumnEncoding,
  categoryCount,
  type Encoding,
  isPlain,
  lineBounds,
  type NumberEncoding,
} from './encoding.ts';
import { ColumnGroups } from './layout.ts';

/**
 * How many standard deviations from the mean a value may lie. Beyond it the density is taken to be zero: single
 * precision would overflow on the way, and give no number at all.
 */
export const reach = 1e12;

export interface Encoded {
  /** [rows, width], float32, within the reach of single precision; laid out as `Layout` says. */
  readonly encoded: Tensor;
  /** log|det| of the numbers' encoding in nats, float64 [rows], of observed cells; a scalar where it is the same for all rows. */
  readonly logDet: Tensor;
  /**
   * [rows]: where the density is zero: beyond a bound or on one without a margin, between integers, no category, or a cell
   * missing that may not be. Of plain numbers alone no cell may be missing, and none is looked for.
   */
  readonly beyond: Tensor;
}

/**
 * Rows in codes [rows, columns + context], float64, as the flow's numbers. It is computed in double precision, so that large
 * values close together (times, coordinates) and values close to a bound stay apart; the result is single.
 */
export function encode(rows: Tensor, { columns, context }: Encoding): Encoded {
  const all = [...columns, ...context];
  if (all.every(isPlain)) {
    const { encoded, beyond } = standardize(rows, all);
    return { encoded, beyond, logDet: scalar(-logScales(columns.filter(isPlain)), 'float64') };
  }
  const sizes = [columns.length, context.length].filter((size) => size > 0);
  const [own, given] = split(rows, sizes, 1);
  const ofColumns = encodePart(own, columns);
  const parts = [...ofColumns.numbers, ...ofColumns.codes];
  if (!given) return { encoded: concat(parts, 1), logDet: ofColumns.logDet, beyond: greater(ofColumns.faults, 0) };
  const ofContext = encodePart(given, context);
  return {
    encoded: concat([...parts, ...contextParts(ofContext, context)], 1),
    logDet: ofColumns.logDet,
    beyond: greater(add(ofColumns.faults, ofContext.faults), 0),
  };
}

/** The context in codes [rows, context], float64, as it stands in encoded rows. */
export function encodeContext(rows: Tensor, { context }: Pick<Encoding, 'context'>): Tensor {
  if (context.every(isPlain)) return standardize(rows, context).encoded;
  return concat(contextParts(encodePart(rows, context), context), 1);
}

/** Plain numbers. */
function standardize(x: Tensor, columns: readonly NumberEncoding[]): { encoded: Tensor; beyond: Tensor } {
  const exact = standardized(x, columns);
  const outside = cast(greater(abs(exact), reach), 'float64');
  return { encoded: withinReach(exact), beyond: greater(sum(outside, [1]), 0) };
}

const standardized = (x: Tensor, columns: readonly NumberEncoding[]) =>
  div(sub(x, row(columns.map(({ location }) => location))), row(columns.map(({ scale }) => scale)));

const withinReach = (exact: Tensor) => cast(max(min(exact, reach), -reach), 'float32');

const logScales = (columns: readonly NumberEncoding[]) =>
  columns.reduce((total, { scale }) => total + Math.log(scale), 0);

/** Columns of every kind. */
interface Part {
  /** The numbers, then where they are observed. */
  readonly numbers: readonly Tensor[];
  /** The codes [rows, categorical columns]; none where there are no such columns. */
  readonly codes: readonly Tensor[];
  /** [rows], float64; a scalar where there are no numbers. */
  readonly logDet: Tensor;
  /** [rows], float64: in how many cells the density is zero. */
  readonly faults: Tensor;
}

function encodePart(x: Tensor, columns: readonly ColumnEncoding[]): Part {
  const groups = new ColumnGroups(columns);
  const { numbers, numberPlaces, categorical, categoricalPlaces } = groups;
  const ofNumbers = numbers.length > 0 ? [encodeNumbers(taken(x, numberPlaces), groups)] : [];
  const ofCategories = categorical.length > 0 ? [encodeCategories(taken(x, categoricalPlaces), categorical)] : [];
  return {
    numbers: ofNumbers.flatMap(({ parts }) => parts),
    codes: ofCategories.map(({ codes }) => codes),
    logDet: ofNumbers[0]?.logDet ?? scalar(0, 'float64'),
    faults: [...ofNumbers, ...ofCategories].map(({ faults }) => sum(faults, [1])).reduce((a, b) => add(a, b)),
  };
}

function encodeNumbers(x: Tensor, { numbers, gaps }: ColumnGroups) {
  const given = where(equal(x, x), x, row(numbers.map(({ fill = Number.NaN }) => fill)));
  const known = equal(given, given);
  const value = where(known, given, 0);
  const { y, logSlope, inside } = toLine(value, numbers.map(lineBounds));
  const exact = standardized(y, numbers);
  const isInteger = row(numbers.map(({ kind }) => Number(kind === 'integer')));
  const isWhole = equal(mul(sub(value, floor(value)), isInteger), 0);
  const isRight = and(and(withinMargins(value, inside, numbers), isWhole), greaterOrEqual(reach, abs(exact)));
  const logDets = sub(logSlope, row(numbers.map(({ scale }) => Math.log(scale))));
  const observed = gaps.length > 0 ? [taken(cast(known, 'float32'), gaps)] : [];
  return {
    parts: [where(known, withinReach(exact), 0), ...observed],
    logDet: sum(where(known, logDets, 0), [1]),
    faults: where(known, faultsOf(isRight), row(numbers.map(({ missing }) => Number(!missing)))),
  };
}

/** A margin is there so that a bound itself has density, and not what lies beyond it. */
function withinMargins(value: Tensor, inside: Tensor, numbers: readonly NumberEncoding[]): Tensor {
  if (numbers.every(({ margin }) => margin === undefined)) return inside;
  const least = row(numbers.map(({ lower = Number.NEGATIVE_INFINITY }) => lower));
  const most = row(numbers.map(({ upper = Number.POSITIVE_INFINITY }) => upper));
  return and(inside, and(greaterOrEqual(value, least), greaterOrEqual(most, value)));
}

function encodeCategories(x: Tensor, columns: readonly CategoryEncoding[]) {
  const present = equal(x, x);
  const last = row(columns.map(({ categories }) => categories.length - 1));
  const isRight = and(and(greaterOrEqual(x, 0), greaterOrEqual(last, x)), equal(floor(x), x));
  const ofMissing = columns.map(({ missing, categories, fill }) => (missing ? categories.length : fill));
  const faults = where(present, faultsOf(isRight), row(ofMissing.map((code) => Number(code === undefined))));
  const codes = where(present, x, row(ofMissing.map((code = 0) => code)));
  return { codes: cast(where(greater(faults, 0), 0, codes), 'float32'), faults };
}

const faultsOf = (isRight: Tensor) => cast(not(isRight), 'float64');

function contextParts({ numbers, codes }: Part, context: readonly ColumnEncoding[]): Tensor[] {
  const { categorical } = new ColumnGroups(context);
  const ofColumns = codes.flatMap((all) => split(all, new Array<number>(categorical.length).fill(1), 1));
  const oneHot = ofColumns.map((column, index) => {
    const values = Float32Array.from({ length: categoryCount(categorical[index]) }, (_, code) => code);
    return cast(equal(column, constant(values, [values.length])), 'float32');
  });
  return [...numbers, ...oneHot];
}

/** Some of the columns of x [rows, columns]. */
export function taken(x: Tensor, places: readonly number[]): Tensor {
  if (places.length === x.shape[1] && places.every((place, index) => place === index)) return x;
  return gather(x, constant(Int32Array.from(places), [places.length]), 1);
}
