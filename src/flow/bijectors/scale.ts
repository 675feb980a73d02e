import type { Static } from 'typebox';
import { resolveConditioner } from '../conditioners/conditioner.ts';
import { exp, mul, neg } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { filledParameter, type Parameter, type Scope } from '../parameters.ts';
import { elementwiseSchema } from './affine.ts';
import { Amortized } from './amortized.ts';
import type { Bijector, Normalized } from './bijector.ts';
import { type LayerSize, layerType } from './layer.ts';
import { logScaleOf } from './log-scale.ts';
import { onlyObserved } from './observed.ts';

/**
 * Diagonal scaling (Dinh et al. 2015, NICE): z = exp(s) x, logDet = sum s, with s = 8 tanh(raw / 8). It starts as the
 * identity. With context, s is given for each row.
 */
export class Scale implements Bijector {
  readonly parameters: readonly Parameter[];
  readonly #amortized: Amortized;

  constructor(spec: Static<typeof elementwiseSchema>, { columns, context }: LayerSize) {
    this.#amortized = new Amortized(spec, context, [filledParameter([columns, 1], 0)]);
    this.parameters = this.#amortized.parameters;
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    const logScale = this.#logScale(scope);
    // A missing column stays 0 by itself, in both directions.
    return { z: mul(x, exp(logScale)), logDet: onlyObserved(logScale, scope) };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    return mul(z, exp(neg(this.#logScale(scope))));
  }

  #logScale(scope: Scope): Tensor {
    const [raw] = this.#amortized.values(scope);
    return logScaleOf(raw);
  }
}

export const scale = layerType({
  type: 'scale',
  allowsMissing: true,
  summary: 'Scales each column.',
  schema: elementwiseSchema,
  resolve: resolveConditioner,
  build: (spec, size) => new Scale(spec, size),
});
