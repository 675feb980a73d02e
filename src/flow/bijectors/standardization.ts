import { add, cast, div, mul, sub } from '../graph/operations.ts';
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

/** x [rows, columns], float64 -> u [rows, columns], float32. */
export function standardize(x: Tensor, { location, scale }: Standardization): Tensor {
  return cast(div(sub(x, columnValues(location)), columnValues(scale)), 'float32');
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
