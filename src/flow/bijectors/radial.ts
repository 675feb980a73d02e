import type { Static } from 'typebox';
import { resolveConditioner } from '../conditioners/conditioner.ts';
import {
  add,
  cast,
  div,
  greaterOrEqual,
  log,
  mul,
  softplus,
  sqrt,
  sub,
  sumOfSquares,
  where,
} from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { filledParameter, normalParameter, type Parameter, type Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import { Amortized, amortizedProperties } from './amortized.ts';
import type { Bijector, Normalized } from './bijector.ts';
import { type LayerSize, layerType } from './layer.ts';
import { slopeOf } from './slope.ts';

const schema = strictObject(amortizedProperties);

/** Keeps the square root differentiable at the centre; far below what single precision adds to 1. */
const tiny = 2 ** -100;

/**
 * Radial layer (Rezende and Mohamed 2015): z = x + beta h (x - x0), h = 1 / (alpha + r), r = |x - x0|, with
 * beta = alpha (m - 1) and a slope m > 0 at the centre. In the form used here nothing cancels:
 *   z - x0 = g (x - x0), g = (r + m alpha) / (r + alpha),
 *   logDet = (columns - 1) log g + log(dy/dr), y = |z - x0| = g r, dy/dr = m a^2 + (1 - a^2) with a = alpha / (r + alpha).
 * Generating takes r from a quadratic equation, r^2 + (m alpha - y) r - alpha y = 0. Cost O(columns) both ways.
 * With context, x0, alpha and m are given for each row.
 */
export class Radial implements Bijector {
  readonly parameters: readonly Parameter[];
  readonly #columns: number;
  readonly #amortized: Amortized;

  constructor(spec: Static<typeof schema>, { columns, context }: LayerSize) {
    this.#columns = columns;
    this.#amortized = new Amortized(spec, context, [
      normalParameter([columns, 1], 1),
      filledParameter([1, 1], 1),
      filledParameter([1, 1], 0),
    ]);
    this.parameters = this.#amortized.parameters;
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    const { centre, alpha, m } = this.#values(scope, 'float32');
    const away = sub(x, centre);
    const r = length(away);
    const reach = add(r, alpha);
    const [a, rest] = [div(alpha, reach), div(r, reach)];
    const g = add(mul(m, a), rest);
    // 1 - a^2 = (1 - a) (1 + a).
    const slope = add(mul(m, mul(a, a)), mul(rest, add(a, 1)));
    return { z: add(centre, mul(g, away)), logDet: add(mul(log(g), this.#columns - 1), log(slope)) };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    const { centre, alpha, m } = this.#values(scope, 'float64');
    const away = sub(cast(z, 'float64'), centre);
    const r = radius(length(away), alpha, mul(m, alpha));
    const x = add(centre, mul(away, div(add(r, alpha), add(r, mul(m, alpha)))));
    return cast(x, z.type);
  }

  #values(scope: Scope, type: 'float32' | 'float64') {
    const [centre, rawAlpha, rawSlope] = this.#amortized.values(scope).map((value) => cast(value, type));
    return { centre, alpha: add(softplus(rawAlpha), leastAlpha), m: slopeOf(rawSlope) };
  }
}

const leastAlpha = 2 ** -10;

const length = (x: Tensor) => sqrt(add(sumOfSquares(x, [0], true), tiny));

/** The positive root of r^2 + (gamma - y) r - alpha y, as a quotient where the sum would cancel. */
function radius(y: Tensor, alpha: Tensor, gamma: Tensor): Tensor {
  const half = mul(sub(y, gamma), 0.5);
  const root = sqrt(add(mul(half, half), mul(alpha, y)));
  const outside = greaterOrEqual(half, 0);
  return where(outside, add(half, root), div(mul(alpha, y), sub(root, where(outside, 0, half))));
}

export const radial = layerType({
  type: 'radial',
  summary: 'Stretches or squeezes space around a point.',
  schema,
  resolve: resolveConditioner,
  build: (spec, size) => new Radial(spec, size),
});
