import type { Static } from 'typebox';
import { resolveConditioner } from '../conditioners/conditioner.ts';
import { add, exp, mul, neg, sub } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { filledParameter, type Parameter, type Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import { Amortized, amortizedProperties } from './amortized.ts';
import type { Bijector, Normalized } from './bijector.ts';
import { type LayerSize, layerType } from './layer.ts';
import { logScaleOf } from './log-scale.ts';
import { onlyObserved } from './observed.ts';

/** The keys of the specs of element-wise affine layers. */
export const elementwiseSchema = strictObject(amortizedProperties);

/**
 * Element-wise affine layer, z = exp(s) x + t, logDet = sum s, with s = 8 tanh(raw / 8).
 * It starts as the identity. With context, s and t are given for each row.
 */
export class ElementwiseAffine implements Bijector {
  readonly parameters: readonly Parameter[];
  readonly #amortized: Amortized;

  constructor(spec: Static<typeof elementwiseSchema>, { columns, context }: LayerSize) {
    const own = [filledParameter([columns, 1], 0), filledParameter([columns, 1], 0)];
    this.#amortized = new Amortized(spec, context, own);
    this.parameters = this.#amortized.parameters;
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    const [raw, shift] = this.#amortized.values(scope);
    const logScale = logScaleOf(raw);
    return {
      z: onlyObserved(add(mul(x, exp(logScale)), shift), scope),
      logDet: onlyObserved(logScale, scope),
    };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    const [raw, shift] = this.#amortized.values(scope);
    return onlyObserved(mul(sub(z, shift), exp(neg(logScaleOf(raw)))), scope);
  }
}

export const affine = layerType({
  type: 'affine',
  allowsMissing: true,
  summary: 'Scales and shifts each column.',
  schema: elementwiseSchema,
  resolve: resolveConditioner,
  build: (spec, size) => new ElementwiseAffine(spec, size),
});
