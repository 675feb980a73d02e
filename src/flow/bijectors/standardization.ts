import { abs, add, cast, div, greater, max, min, mul, sub, sum } from '../graph/operations.ts';
import { constant, type Tensor } from '../graph/tensor.ts';

/**
 * The user's units against those of the flow: u = (x - location) / scale for each column, logDet = -sum log scale.
 * Computed in double precision, so that large values close together (times, coordinates) stay apart; u is single.
 * Location and scale are mean and standard deviation of the training rows; they are not trained further.
 */
export interface Standardization {
  readonly location: readonly number[];
  /** Positive. */
  readonly scale: readonly number[];
}

/**
 * How many standard deviations from the mean a value may lie. Beyond it the density is taken to be zero: single
 * precision would overflow on the way, and give no number at all.
 */
export const reach = 1e12;

/** x [rows, columns], float64 -> u [rows, columns], float32, within the reach of single precision; `beyond` [rows] tells where x is not. */
export function standardize(x: Tensor, { location, scale }: Standardization): { u: Tensor; beyond: Tensor } {
  const exact = div(sub(x, columnValues(location)), columnValues(scale));
  const outside = cast(greater(abs(exact), reach), 'float64');
  return { u: cast(max(min(exact, reach), -reach), 'float32'), beyond: greater(sum(outside, [1]), 0) };
}

/** The part of a standardisation that is some of the columns'. */
export function ofColumns({ location, scale }: Standardization, first: number, end?: number): Standardization {
  return { location: location.slice(first, end), scale: scale.slice(first, end) };
}

/** u [rows, columns], float32 -> x [rows, columns], float64. */
export function unstandardize(u: Tensor, { location, scale }: Standardization): Tensor {
  return add(mul(cast(u, 'float64'), columnValues(scale)), columnValues(location));
}

/** log|det du/dx| in nats, the same for every row. */
export function standardizationLogDet({ scale }: Standardization): number {
  return -scale.reduce((total, value) => total + Math.log(value), 0);
}

const columnValues = (values: readonly number[]) => constant(Float64Array.from(values), [values.length]);
