import { type Bijector, Chain, Inverse } from './bijectors/bijector.ts';
import type { LayerSize } from './bijectors/layer.ts';
import type { Distribution } from './distributions/distribution.ts';
import { StandardNormal } from './distributions/normal.ts';
import { add, sum, transpose } from './graph/operations.ts';
import type { Tensor } from './graph/tensor.ts';
import { layerTypeOf } from './layers.ts';
import { ParameterVector, type Scope } from './parameters.ts';
import type { FlowSpec, LayerSpec } from './spec.ts';

/**
 * A normalizing flow: log p(x) = log p_z(normalize(x)) + log|det dz/dx| for rows x in standardised units
 * (Rezende and Mohamed 2015; Papamakarios et al. 2021). A conditional flow finds its context in the scope.
 */
export class Flow {
  readonly columns: number;
  readonly context: number;
  readonly parameters: ParameterVector;
  readonly bijector: Bijector;
  readonly #base: Distribution;

  /** `spec` must be resolved (see spec.ts). */
  constructor(spec: FlowSpec, size: LayerSize) {
    this.columns = size.columns;
    this.context = size.context;
    this.bijector = new Chain(spec.layers.map((layer) => bijectorOf(layer, size)));
    this.#base = new StandardNormal(size.columns);
    this.parameters = new ParameterVector([...this.bijector.parameters, ...this.#base.parameters]);
  }

  /** x [rows, columns] -> log-density [rows], in nats. */
  logProb(x: Tensor, scope: Scope): Tensor {
    const { z, logDet } = this.bijector.normalize(transpose(x), scope);
    const baseLogProb = this.#base.logProb(z, scope);
    return logDet ? add(baseLogProb, sum(logDet, [0])) : baseLogProb;
  }

  /** Standard normal noise [rows, columns] -> a sample x [rows, columns]. */
  sample(noise: Tensor, scope: Scope): Tensor {
    return transpose(this.bijector.generate(this.#base.sample(transpose(noise), scope), scope));
  }

  /** x [rows, columns] taken to the base and back: x again, but for rounding. */
  roundTrip(x: Tensor, scope: Scope): Tensor {
    return transpose(this.bijector.generate(this.bijector.normalize(transpose(x), scope).z, scope));
  }
}

function bijectorOf({ type, inverse = false, ...layer }: LayerSpec, size: LayerSize): Bijector {
  const bijector = layerTypeOf(type).build(layer, size);
  return inverse ? new Inverse(bijector) : bijector;
}
