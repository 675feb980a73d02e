import type { Static } from 'typebox';
import {
  type Conditioner,
  conditionerProperties,
  createConditioner,
  resolveConditioner,
} from '../conditioners/conditioner.ts';
import { concat, split } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Parameter, Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import type { Transformer } from '../transformers/transformer.ts';
import { createTransformer, transformerProperties } from '../transformers/transforms.ts';
import type { Bijector, Normalized } from './bijector.ts';
import { type LayerSize, layerType } from './layer.ts';
import { onlyObserved } from './observed.ts';

const schema = strictObject({ ...transformerProperties, ...conditionerProperties });

/**
 * Coupling (Dinh et al. 2015, 2017; Durkan et al. 2019): the first half a of the columns conditions an element-wise
 * transform of the second half b, z_a = x_a, z_b = h(x_b; theta(x_a)), logDet = sum log|dh/dx_b|, whatever theta is.
 * Both directions cost one pass of the conditioner. Half of the columns stay as they are: put a permutation between two
 * couplings. A single column is conditioned on the context alone.
 */
export class Coupling implements Bijector {
  readonly parameters: readonly Parameter[];
  readonly #sizes: readonly number[];
  readonly #transformer: Transformer;
  readonly #conditioner: Conditioner;

  constructor(spec: Static<typeof schema>, { columns, context }: LayerSize) {
    const inputs = Math.floor(columns / 2);
    const transformed = columns - inputs;
    this.#sizes = inputs === 0 ? [transformed] : [inputs, transformed];
    this.#transformer = createTransformer(spec);
    const heads = this.#transformer.sizes.map((size) => size * transformed);
    this.#conditioner = createConditioner(spec, { inputs, context, heads });
    this.parameters = this.#conditioner.parameters;
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    const { a, b, raw, at } = this.#conditioned(x, scope);
    const { z, logDet } = this.#transformer.normalize(b, raw);
    return { z: concat([...a, onlyObserved(z, at)], 0), logDet: logDet && onlyObserved(logDet, at) };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    const { a, b, raw, at } = this.#conditioned(z, scope);
    return concat([...a, onlyObserved(this.#transformer.generate(b, raw), at)], 0);
  }

  #conditioned(value: Tensor, scope: Scope) {
    const parts = split(value, this.#sizes, 0);
    const a = parts.slice(0, -1);
    const observed = scope.observed && split(scope.observed, this.#sizes, 0)[a.length];
    return { a, b: parts[a.length], raw: this.#conditioner.apply(a[0], scope), at: { observed } };
  }
}

export const coupling = layerType({
  type: 'coupling',
  allowsMissing: true,
  summary: 'Half of the columns condition an element-wise transform of the other half.',
  schema,
  resolve: resolveConditioner,
  build: (spec, size) => new Coupling(spec, size),
});
