import { Chain } from './bijectors/bijector.ts';
import type { Distribution } from './distributions/distribution.ts';
import { StandardNormal } from './distributions/normal.ts';
import { add, sum } from './graph/operations.ts';
import type { Tensor } from './graph/tensor.ts';
import { layerTypeOf } from './layers.ts';
import { ParameterVector, type Scope } from './parameters.ts';
import type { FlowSpec } from './spec.ts';

/**
 * A normalizing flow: log p(x) = log p_z(normalize(x)) + log|det dz/dx| for rows x in standardised units
 * (Rezende and Mohamed 2015; Papamakarios et al. 2021).
 */
export class Flow {
  readonly columns: number;
  readonly parameters: ParameterVector;
  readonly bijector: Chain;
  readonly #base: Distribution;

  /** `spec` must be resolved (see spec.ts). */
  constructor(spec: FlowSpec, columns: number) {
    this.columns = columns;
    this.bijector = new Chain(
      columns,
      spec.layers.map(({ type, ...layer }) => layerTypeOf(type).build(layer, columns)),
    );
    this.#base = new StandardNormal(columns);
    this.parameters = new ParameterVector([...this.bijector.parameters, ...this.#base.parameters]);
  }

  /** x [rows, columns] -> log-density [rows], in nats. */
  logProb(x: Tensor, scope: Scope): Tensor {
    const { z, logDet } = this.bijector.normalize(x, scope);
    const baseLogProb = this.#base.logProb(z, scope);
    return logDet ? add(baseLogProb, sum(logDet, [1])) : baseLogProb;
  }

  /** Standard normal noise [rows, columns] -> a sample x [rows, columns]. */
  sample(noise: Tensor, scope: Scope): Tensor {
    return this.bijector.generate(this.#base.sample(noise, scope), scope);
  }

  /** x [rows, columns] taken to the base and back: x again, but for rounding. */
  roundTrip(x: Tensor, scope: Scope): Tensor {
    return this.bijector.generate(this.bijector.normalize(x, scope).z, scope);
  }
}
