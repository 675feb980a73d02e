import { Type } from 'typebox';
import { type Activation, activations, Mlp } from '../conditioners/mlp.ts';
import { add, concat, div, exp, mul, split, sub, tanh } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import type { Bijector, Normalized } from './bijector.ts';
import { layerType } from './layer.ts';

/** The largest log-scale of one layer. The bound is approached smoothly: a hard one stops the gradient, none overflows. */
const logScaleBound = 3;

/**
 * Affine coupling (Dinh et al. 2017, Real NVP). The first half a of the columns conditions the second half b:
 * z_a = x_a, z_b = exp(s(x_a)) * x_b + t(x_a), logDet = sum s(x_a) in nats, with s = bound * tanh(.).
 * Both directions cost one pass of the conditioner. It leaves half of the columns as they are: put a permutation between
 * two of them.
 */
export class AffineCoupling implements Bijector {
  readonly columns: number;
  readonly parameters;
  readonly #sizes: readonly [number, number];
  readonly #conditioner: Mlp;

  constructor(columns: number, hidden: readonly number[], activation: Activation) {
    this.columns = columns;
    this.#sizes = [Math.floor(columns / 2), Math.ceil(columns / 2)];
    this.#conditioner = new Mlp(this.#sizes[0], hidden, 2 * this.#sizes[1], activation);
    this.parameters = this.#conditioner.parameters;
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    const [a, b] = split(x, this.#sizes);
    const { logScale, shift } = this.#condition(a, scope);
    return { z: concat([a, add(mul(b, exp(logScale)), shift)]), logDet: logScale };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    const [a, b] = split(z, this.#sizes);
    const { logScale, shift } = this.#condition(a, scope);
    return concat([a, div(sub(b, shift), exp(logScale))]);
  }

  #condition(a: Tensor, scope: Scope) {
    const transformed = this.#sizes[1];
    const [raw, shift] = split(this.#conditioner.apply(a, scope), [transformed, transformed]);
    return { logScale: mul(tanh(raw), logScaleBound), shift };
  }
}

export const coupling = layerType({
  type: 'coupling',
  minimumColumns: 2,
  summary: 'Half of the columns condition an element-wise transform of the other half.',
  schema: strictObject({
    transform: Type.Enum(['affine'], { default: 'affine', description: 'affine: Real NVP, z = exp(s) x + t' }),
    hidden: Type.Array(Type.Integer({ minimum: 1, maximum: 4096 }), {
      default: [64, 64],
      maxItems: 8,
      description: 'Widths of the hidden layers of the conditioner',
    }),
    activation: Type.Enum(Object.keys(activations) as Activation[], { default: 'relu' }),
  }),
  build: (spec, columns) => new AffineCoupling(columns, spec.hidden, spec.activation),
});
