import type { Tensor } from '../graph/tensor.ts';
import type { Parameter, Scope } from '../parameters.ts';

/** A distribution over rows with a known density, from which a flow starts. */
export interface Distribution {
  readonly parameters: readonly Parameter[];
  /** z [rows, columns] -> log-density [rows], in nats. */
  logProb(z: Tensor, scope: Scope): Tensor;
  /** Independent standard normal noise [rows, columns] -> a sample z [rows, columns]. */
  sample(noise: Tensor, scope: Scope): Tensor;
}
