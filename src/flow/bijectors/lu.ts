import { add, affine, cast, exp, mul, neg, sum } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { filledParameter, type Parameter, type Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import type { Bijector, Normalized } from './bijector.ts';
import { type LayerSize, layerType } from './layer.ts';
import { logScaleOf } from './log-scale.ts';
import { indicator, isDiagonal, isLower, isUpper, unitTriangularInverse } from './triangular.ts';

/**
 * Linear layer z = W x, W = L diag(exp(s)) U with L and U unit triangular (Kingma and Dhariwal 2018; Oliva et al. 2018),
 * logDet = sum s. It starts as the identity. Reordering the rows of W is the permutation layer's part.
 *
 * The three factors are kept in one [columns, columns] parameter: below, on and above the diagonal. W is made once a step,
 * and its inverse, in float64, once when the parameters are fixed: that part of the graph is constant then.
 */
export class LU implements Bijector {
  readonly parameters: readonly Parameter[];
  readonly #columns: number;
  readonly #packed: Parameter;

  constructor({ columns }: LayerSize) {
    this.#columns = columns;
    this.#packed = filledParameter([columns, columns], 0);
    this.parameters = [this.#packed];
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    const { lower, logScale, upper, identity } = this.#factors(scope, 'float32');
    const W = affine(add(lower, identity), mul(exp(logScale), add(upper, identity)));
    return { z: affine(W, x), logDet: logScale };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    const { lower, logScale, upper } = this.#factors(scope, 'float64');
    const [inverseL, inverseU] = [unitTriangularInverse(lower, 'lower'), unitTriangularInverse(upper, 'upper')];
    const inverse = affine(inverseU, mul(exp(neg(logScale)), inverseL));
    return cast(affine(inverse, cast(z, 'float64')), z.type);
  }

  /** The parts of L and U off the diagonal, and s [columns, 1]. */
  #factors(scope: Scope, type: 'float32' | 'float64') {
    const packed = cast(scope.parameter(this.#packed), type);
    const identity = indicator(this.#columns, isDiagonal, type);
    return {
      lower: mul(packed, indicator(this.#columns, isLower, type)),
      logScale: logScaleOf(sum(mul(packed, identity), [1], true)),
      upper: mul(packed, indicator(this.#columns, isUpper, type)),
      identity,
    };
  }
}

export const lu = layerType({
  type: 'lu',
  summary: 'A linear map of the columns, as the product of two triangular ones.',
  schema: strictObject({}),
  build: (_, size) => new LU(size),
});
