import { Type } from 'typebox';
import { logScaleOf } from '../bijectors/log-scale.ts';
import { onlyObserved } from '../bijectors/observed.ts';
import { add, exp, mul, neg, sub, sum } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { filledParameter, type Parameter, type Scope } from '../parameters.ts';
import type { Distribution } from './distribution.ts';

/** The key with which a base asks for it. */
export const learnedProperty = Type.Boolean({ default: false, description: 'Whether location and scale are trained' });

/**
 * A distribution with a trained location m and scale exp(s) for each column, from 0 and 1:
 * log p(z) = log q((z - m) exp(-s)) - sum s, where q is the density of the distribution itself.
 */
export class Located implements Distribution {
  readonly parameters: readonly Parameter[];
  readonly noiseColumns: number;
  readonly #inner: Distribution;
  readonly #location: Parameter;
  readonly #rawScale: Parameter;

  constructor(inner: Distribution, columns: number) {
    this.#inner = inner;
    this.#location = filledParameter([columns, 1], 0);
    this.#rawScale = filledParameter([columns, 1], 0);
    this.parameters = [...inner.parameters, this.#location, this.#rawScale];
    this.noiseColumns = inner.noiseColumns;
  }

  logProb(z: Tensor, scope: Scope): Tensor {
    const { location, logScale } = this.#values(scope);
    const unit = onlyObserved(mul(sub(z, location), exp(neg(logScale))), scope);
    const logScales = onlyObserved(logScale, scope);
    return sub(this.#inner.logProb(unit, scope), scope.observed ? sum(logScales, [0]) : sum(logScales));
  }

  sample(noise: Tensor, scope: Scope): Tensor {
    const { location, logScale } = this.#values(scope);
    return add(mul(this.#inner.sample(noise, scope), exp(logScale)), location);
  }

  centre(scope: Scope): Tensor {
    const { location, logScale } = this.#values(scope);
    return add(mul(this.#inner.centre(scope), exp(logScale)), location);
  }

  #values(scope: Scope) {
    return { location: scope.parameter(this.#location), logScale: logScaleOf(scope.parameter(this.#rawScale)) };
  }
}
