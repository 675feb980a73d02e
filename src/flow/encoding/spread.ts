import { abs, add, concat, div, exp, log, max, min, mul, neg, sigmoid, sub } from '../graph/operations.ts';
import { constant, type Tensor } from '../graph/tensor.ts';
import { taken } from './encode.ts';
import { lineBounds, type NumberEncoding } from './encoding.ts';

/** exp of more overflows in single precision. */
const largestExponent = 80;
/** How near to a bound a value may come, as a part of what it is spread over. */
const nearest = 1e-6;

export interface Spread {
  /** Of each place of an encoded row, the column of numbers that it holds; all are without bounds if it is left out. */
  readonly numbers?: readonly (NumberEncoding | undefined)[] | undefined;
  /** In units of the column's scale; 0 for places that stay as they are. */
  readonly extents: readonly number[];
}

/** Whether a column with bounds is to be spread. */
export const isBounded = (spread: Spread): boolean => boundedPlaces(spread).length > 0;

/**
 * Encoded rows [rows, width] with every number moved by its extent times `centred` [rows, width], which is uniform on
 * (-1/2, 1/2): a value that stands for all those near it becomes one of them. In a column with bounds, that is a move in its
 * own units and not in those of the whole line; it does not lead beyond a bound.
 */
export function spreadEvenly(rows: Tensor, centred: Tensor, { numbers, extents }: Spread): Tensor {
  const bounded = boundedPlaces({ numbers, extents });
  const moved = add(rows, mul(centred, row(extents)));
  if (bounded.length === 0) return moved;
  const columns = bounded.flatMap((place) => numbers?.[place] ?? []);
  const within = spreadWithin(taken(rows, bounded), taken(centred, bounded), {
    columns,
    steps: bounded.map((place, index) => extents[place] * columns[index].scale),
  });
  const width = extents.length;
  const order = extents.map((_, place) => (bounded.includes(place) ? width + bounded.indexOf(place) : place));
  return taken(concat([moved, within], 1), order);
}

function spreadWithin(
  u: Tensor,
  centred: Tensor,
  { columns, steps }: { columns: readonly NumberEncoding[]; steps: readonly number[] },
): Tensor {
  const scale = row(columns.map((column) => column.scale));
  const location = row(columns.map((column) => column.location));
  const bounds = columns.map(lineBounds);
  const hasBoth = bounds.map(({ lower, upper }) => lower !== undefined && upper !== undefined);
  const width = row(bounds.map(({ lower = 0, upper = 0 }, column) => (hasBoth[column] ? upper - lower : 1)));
  const y = add(mul(u, scale), location);
  const fromOne = exp(min(y, largestExponent));
  const between = [y, neg(y)].map((value) => mul(sigmoid(value), width));
  const step = mul(centred, row(steps));
  const least = row(steps.map((extent) => nearest * extent));
  // The distances from the lower and from the upper bound: the one grows by what the other loses.
  const [above, below] = [add, sub].map((towards, side) => {
    const distance = add(mul(between[side], flags(hasBoth)), mul(fromOne, flags(hasBoth.map((both) => !both))));
    return log(max(abs(towards(distance, step)), least));
  });
  const sign = (bound: 'lower' | 'upper', ofBoth: number) =>
    row(bounds.map((each, column) => (hasBoth[column] ? ofBoth : Number(each[bound] !== undefined))));
  const moved = add(mul(above, sign('lower', 1)), mul(below, sign('upper', -1)));
  return div(sub(moved, location), scale);
}

function boundedPlaces({ numbers, extents }: Spread): number[] {
  return extents.flatMap((extent, place) => {
    const column = numbers?.[place];
    return extent > 0 && (column?.lower !== undefined || column?.upper !== undefined) ? [place] : [];
  });
}

const flags = (values: readonly boolean[]) => row(values.map(Number));
const row = (values: readonly number[]) => constant(Float32Array.from(values), [values.length]);
