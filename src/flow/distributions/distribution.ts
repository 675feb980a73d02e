import type { Tensor } from '../graph/tensor.ts';
import type { Parameter, Scope } from '../parameters.ts';

/** A distribution over rows with a known density, from which a flow starts. */
export interface Distribution {
  readonly parameters: readonly Parameter[];
  /** How many columns of noise a sample takes. */
  readonly noiseColumns: number;
  /** z [columns, rows] -> log-density [rows], in nats; of the observed columns, where some may be missing. */
  logProb(z: Tensor, scope: Scope): Tensor;
  /** Independent standard normal noise [noiseColumns, rows] -> a sample z [columns, rows]. */
  sample(noise: Tensor, scope: Scope): Tensor;
  /** The point around which it lies, [columns, 1]. */
  centre(scope: Scope): Tensor;
}
