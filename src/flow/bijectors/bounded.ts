import { type Static, Type } from 'typebox';
import { SpecError } from '../errors.ts';
import { add, and, exp, greater, log, max, min, mul, neg, sigmoid, sub, where } from '../graph/operations.ts';
import { constant, type Tensor } from '../graph/tensor.ts';
import type { Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import type { Bijector, Normalized } from './bijector.ts';
import { type LayerSize, layerType } from './layer.ts';
import { onlyObserved } from './observed.ts';

const boundsSchema = strictObject({
  column: Type.Integer({ minimum: 0, description: 'The number of the column, from 0' }),
  lower: Type.Optional(Type.Number()),
  upper: Type.Optional(Type.Number()),
});
type Bounds = Static<typeof boundsSchema>;
const schema = strictObject({ columns: Type.Array(boundsSchema, { minItems: 1 }) });

/** exp of more overflows in single precision. */
const largestExponent = 80;

/**
 * Takes columns with bounds to the whole line, z = log(x - lower) - log(upper - x), where a term without its bound is left
 * out: logit between two bounds, log above one, -log below one; the other columns stay.
 * logDet = log(upper - lower) - log(x - lower) - log(upper - x), likewise; -Infinity on and beyond a bound, where the density
 * is zero: z is 0 there, and the gradient is finite.
 */
export class Bounded implements Bijector {
  readonly parameters = [];
  readonly #lower: Tensor;
  readonly #upper: Tensor;
  readonly #hasLower: Tensor;
  readonly #hasUpper: Tensor;
  readonly #isBounded: Tensor;
  readonly #width: readonly number[];
  /** The numbers nearest to the bounds, within: rounding never takes a sample onto a bound. */
  readonly #least: Tensor;
  readonly #most: Tensor;

  constructor(bounds: readonly Bounds[], { columns }: LayerSize) {
    const ofColumns = Array.from({ length: columns }, (_, index) => bounds.find(({ column }) => column === index));
    const lower = ofColumns.map((column) => rounded(column?.lower));
    const upper = ofColumns.map((column) => rounded(column?.upper));
    this.#lower = column(lower.map((bound) => bound ?? 0));
    this.#upper = column(upper.map((bound) => bound ?? 0));
    this.#hasLower = isTrue(lower.map((bound) => bound !== undefined));
    this.#hasUpper = isTrue(upper.map((bound) => bound !== undefined));
    this.#isBounded = isTrue(ofColumns.map((column) => column !== undefined));
    this.#width = lower.map((bound, index) => (bound === undefined ? 1 : (upper[index] ?? bound + 1) - bound));
    this.#least = column(lower.map((bound) => (bound === undefined ? -Infinity : after(bound))));
    this.#most = column(upper.map((bound) => (bound === undefined ? Infinity : -after(-bound))));
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    const aboveLower = where(this.#hasLower, sub(x, this.#lower), 1);
    const belowUpper = where(this.#hasUpper, sub(this.#upper, x), 1);
    const inside = and(greater(aboveLower, 0), greater(belowUpper, 0));
    const [a, b] = [aboveLower, belowUpper].map((distance) => log(where(inside, distance, 1)));
    const logWidth = column(this.#width.map(Math.log));
    return {
      z: onlyObserved(where(this.#isBounded, sub(a, b), x), scope),
      logDet: onlyObserved(where(inside, sub(logWidth, add(a, b)), Number.NEGATIVE_INFINITY), scope),
    };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    const between = add(mul(sigmoid(z), column(this.#width)), this.#lower);
    const above = add(exp(min(z, largestExponent)), this.#lower);
    const below = sub(this.#upper, exp(min(neg(z), largestExponent)));
    const x = where(this.#hasLower, where(this.#hasUpper, between, above), where(this.#hasUpper, below, z));
    return onlyObserved(max(min(x, this.#most), this.#least), scope);
  }
}

/** One number for each column, [columns, 1]. */
const column = (values: readonly number[]) => constant(Float32Array.from(values), [values.length, 1]);

const isTrue = (values: readonly boolean[]) => greater(column(values.map(Number)), 0);

const rounded = (bound: number | undefined) => (bound === undefined ? undefined : Math.fround(bound));

/** The single-precision number next above the one nearest to x. */
function after(x: number): number {
  const value = Float32Array.of(x);
  if (value[0] === 0) return 2 ** -126;
  new Int32Array(value.buffer)[0] += value[0] > 0 ? 1 : -1;
  return value[0];
}

function checkBounds(bounds: readonly Bounds[], columns: number, path: string): void {
  const bounded = new Set<number>();
  for (const [index, { column, lower, upper }] of bounds.entries()) {
    const at = `${path}/columns/${index}`;
    if (column >= columns) throw new SpecError(`${at}/column`, `Expected less than ${columns} columns; got ${column}`);
    if (bounded.has(column)) throw new SpecError(`${at}/column`, `Column ${column} has bounds already`);
    bounded.add(column);
    if (lower === undefined && upper === undefined) throw new SpecError(at, 'Expected lower, upper, or both');
    if (lower !== undefined && upper !== undefined && after(lower) > -after(-upper))
      throw new SpecError(`${at}/upper`, `Expected more than lower, ${lower}, by a number between; got ${upper}`);
  }
}

export const bounded = layerType({
  type: 'bounded',
  allowsMissing: true,
  summary:
    'Takes columns with lower or upper bounds to the whole line; the density is zero outside. Bounds are in the units of the rows it gets: as a first layer, standard deviations from the mean.',
  schema,
  resolve: (spec, { columns }, path) => {
    checkBounds(spec.columns, columns, path);
    return spec;
  },
  build: (spec, size) => new Bounded(spec.columns, size),
});
