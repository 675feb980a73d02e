import type { Static } from 'typebox';
import { resolveConditioner } from '../conditioners/conditioner.ts';
import { add, cast, mul, reshape, sub, sum, sumOfSquares, tanh } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { filledParameter, normalParameter, type Parameter, type Scope, uniformParameter } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import { Amortized, amortizedProperties } from './amortized.ts';
import type { Bijector, Hyperplanes, Normalized } from './bijector.ts';
import { type LayerSize, layerType } from './layer.ts';
import { invertible, logSlope, tanhRoot } from './tanh-step.ts';

const schema = strictObject(amortizedProperties);

/**
 * Planar layer (Rezende and Mohamed 2015): z = x + u_hat tanh(w.x + b), logDet = log(1 + w.u_hat sech^2(w.x + b)).
 * With p = w.x + b, generating solves p + w.u_hat tanh(p) = w.z + b for the one number p: x = z - u_hat tanh(p).
 * Cost O(columns) in both directions. With context, w, u and b are given for each row.
 */
export class Planar implements Bijector {
  readonly parameters: readonly Parameter[];
  readonly #amortized: Amortized;

  constructor(spec: Static<typeof schema>, { columns, context }: LayerSize) {
    this.#amortized = new Amortized(spec, context, [
      normalParameter([columns, 1], 1 / Math.sqrt(columns)),
      filledParameter([columns, 1], 0),
      uniformParameter([1, 1], 1),
    ]);
    this.parameters = this.#amortized.parameters;
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    const { w, uHat, b, slope } = this.#step(scope, 'float32');
    const t = tanh(add(dot(w, x), b));
    return { z: add(x, mul(uHat, t)), logDet: logSlope(slope, t) };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    const { w, uHat, b, slope } = this.#step(scope, 'float64');
    const exact = cast(z, 'float64');
    const p = tanhRoot(slope, add(dot(w, exact), b));
    return cast(sub(exact, mul(uHat, tanh(p))), z.type);
  }

  /** Every point of it stays where it is. */
  hyperplanes(scope: Scope): Hyperplanes {
    const { w, b, slope } = this.#step(scope, 'float32');
    return { normals: reshape(w, [1, ...w.shape]), offsets: b, slopes: slope };
  }

  #step(scope: Scope, type: 'float32' | 'float64') {
    const [w, u, b] = this.#amortized.values(scope).map((value) => cast(value, type));
    const { slope, ofU, ofW } = invertible(dot(w, u), sumOfSquares(w, [0], true));
    return { w, uHat: add(mul(ofU, u), mul(ofW, w)), b, slope };
  }
}

/** [columns, rows] with [columns, rows], either with one row for all -> [1, rows]. */
const dot = (a: Tensor, b: Tensor) => sum(mul(a, b), [0], true);

export const planar = layerType({
  type: 'planar',
  summary: 'Stretches or squeezes space along one direction, around a plane.',
  schema,
  resolve: resolveConditioner,
  build: (spec, size) => new Planar(spec, size),
});
