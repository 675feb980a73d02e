/** Columns with bounds taken to the whole line and back, in double precision. Tensors are [rows, columns]. */
import { add, and, exp, greater, log, max, min, mul, neg, sigmoid, sub, where } from '../graph/operations.ts';
import { constant, type Tensor } from '../graph/tensor.ts';

/** What a value lies strictly between. */
export interface Bounds {
  readonly lower?: number;
  readonly upper?: number;
}

/** exp of more overflows in double precision. */
const largestExponent = 700;

/**
 * x -> y on the whole line: log((x - lower) / (upper - x)) between two bounds, log(x - lower) above one, log(upper - x) below
 * one, x itself without. `logSlope` is log|dy/dx|. Both are finite everywhere, but mean something only where x is `inside`.
 */
export function toLine(x: Tensor, bounds: readonly Bounds[]): { y: Tensor; logSlope: Tensor; inside: Tensor } {
  const { lower, upper, hasLower, hasUpper, hasAny, hasBoth, logWidth } = constants(bounds);
  const aboveLower = where(hasLower, sub(x, lower), 1);
  const belowUpper = where(hasUpper, sub(upper, x), 1);
  const inside = and(greater(aboveLower, 0), greater(belowUpper, 0));
  const [a, b] = [aboveLower, belowUpper].map((distance) => log(where(inside, distance, 1)));
  const sum = add(a, b);
  return { y: where(hasAny, where(hasBoth, sub(a, b), sum), x), logSlope: sub(logWidth, sum), inside };
}

/** y -> x, the inverse of `toLine`, never on a bound: rounding would take it there. */
export function fromLine(y: Tensor, bounds: readonly Bounds[]): Tensor {
  const { lower, upper, width, hasLower, hasUpper, hasBoth } = constants(bounds);
  const distance = exp(min(y, largestExponent));
  // Of the two ways to the same number, the one that starts from the nearer bound keeps its digits.
  const between = where(greater(y, 0), sub(upper, mul(width, sigmoid(neg(y)))), add(lower, mul(width, sigmoid(y))));
  const fromOne = where(hasLower, add(lower, distance), where(hasUpper, sub(upper, distance), y));
  const least = row(bounds.map((bound) => (bound.lower === undefined ? -Infinity : after(bound.lower))));
  const most = row(bounds.map((bound) => (bound.upper === undefined ? Infinity : -after(-bound.upper))));
  return max(min(where(hasBoth, between, fromOne), most), least);
}

/** One number for each column. */
export const row = (values: readonly number[]): Tensor => constant(Float64Array.from(values), [values.length]);

function constants(bounds: readonly Bounds[]) {
  const hasLower = bounds.map(({ lower }) => lower !== undefined);
  const hasUpper = bounds.map(({ upper }) => upper !== undefined);
  const width = bounds.map(({ lower, upper }) => (lower === undefined || upper === undefined ? 1 : upper - lower));
  return {
    lower: row(bounds.map(({ lower = 0 }) => lower)),
    upper: row(bounds.map(({ upper = 0 }) => upper)),
    width: row(width),
    logWidth: row(width.map(Math.log)),
    hasLower: isTrue(hasLower),
    hasUpper: isTrue(hasUpper),
    hasAny: isTrue(bounds.map((_, column) => hasLower[column] || hasUpper[column])),
    hasBoth: isTrue(bounds.map((_, column) => hasLower[column] && hasUpper[column])),
  };
}

const isTrue = (values: readonly boolean[]) => greater(row(values.map(Number)), 0);

/** The double-precision number next above x. */
function after(x: number): number {
  if (x === 0) return 2 ** -1022;
  const value = Float64Array.of(x);
  new BigInt64Array(value.buffer)[0] += x > 0 ? 1n : -1n;
  return value[0];
}
