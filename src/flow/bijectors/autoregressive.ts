import type { Static } from 'typebox';
import {
  type Conditioner,
  conditionerProperties,
  createConditioner,
  resolveConditioner,
} from '../conditioners/conditioner.ts';
import { cast, equal, loop, mul, where } from '../graph/operations.ts';
import { constant, type Tensor } from '../graph/tensor.ts';
import type { Parameter, Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import type { Transformer } from '../transformers/transformer.ts';
import { createTransformer, transformerProperties } from '../transformers/transforms.ts';
import type { Bijector, Normalized } from './bijector.ts';
import { type LayerSize, layerType } from './layer.ts';
import { onlyObserved } from './observed.ts';

const schema = strictObject({ ...transformerProperties, ...conditionerProperties });

/**
 * Masked autoregressive layer (Papamakarios et al. 2017, MAF; Durkan et al. 2019): each column is transformed under the
 * condition of those before it, z_i = h(x_i; theta_i(x_1 .. x_{i-1})), logDet = sum log|dh/dx_i|.
 * Normalizing costs one pass of a masked network, generating one for each column. The inverse of the layer is IAF
 * (Kingma et al. 2016).
 */
export class Autoregressive implements Bijector {
  readonly parameters: readonly Parameter[];
  readonly #columns: number;
  readonly #transformer: Transformer;
  readonly #conditioner: Conditioner;

  constructor(spec: Static<typeof schema>, { columns, context }: LayerSize) {
    this.#columns = columns;
    this.#transformer = createTransformer(spec);
    const order = Array.from({ length: columns }, (_, column) => column + 1);
    const degrees = {
      inputs: order,
      heads: this.#transformer.sizes.map((size) => Array.from({ length: size }, () => order).flat()),
    };
    const heads = degrees.heads.map(({ length }) => length);
    this.#conditioner = createConditioner(spec, { inputs: columns, context, heads, degrees });
    this.parameters = this.#conditioner.parameters;
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    const { z, logDet } = this.#transformer.normalize(x, this.#conditioner.apply(x, scope));
    return { z: onlyObserved(z, scope), logDet: logDet && onlyObserved(logDet, scope) };
  }

  /** Column by column: when it is the turn of one, those before it are right already. */
  generate(z: Tensor, scope: Scope): Tensor {
    const count = constant(BigInt64Array.of(BigInt(this.#columns)), []);
    const { state } = loop(count, [mul(z, 0)], (column, [x]) => ({
      state: [where(this.#isColumn(column), this.#generateOnce(z, x, scope), x)],
      scanned: [],
    }));
    return state[0];
  }

  generateWithGradient(z: Tensor, scope: Scope): Tensor {
    let x = mul(z, 0);
    for (let pass = 0; pass < this.#columns; pass++) x = this.#generateOnce(z, x, scope);
    return x;
  }

  #generateOnce(z: Tensor, x: Tensor, scope: Scope): Tensor {
    return onlyObserved(this.#transformer.generate(z, this.#conditioner.apply(x, scope)), scope);
  }

  /** Which row of a [columns, rows] tensor is that of a column, [columns, 1]. */
  #isColumn(column: Tensor): Tensor {
    const numbers = Int32Array.from({ length: this.#columns }, (_, index) => index);
    return equal(constant(numbers, [this.#columns, 1]), cast(column, 'int32'));
  }
}

export const autoregressive = layerType({
  type: 'autoregressive',
  allowsMissing: true,
  summary:
    'Each column is transformed under the condition of those before it: one pass to score, one a column to sample.',
  schema,
  resolve: resolveConditioner,
  build: (spec, size) => new Autoregressive(spec, size),
});
