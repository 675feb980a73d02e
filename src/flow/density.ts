import type { Standardization } from './bijectors/standardization.ts';
import type { FlowSpec } from './flow.ts';

/**
 * A trained density over rows of named columns in the user's units, given the context columns if there are any:
 * all that is needed to score and to sample.
 */
export interface Density {
  readonly columns: readonly string[];
  readonly context: readonly string[];
  readonly spec: FlowSpec;
  /** Of the columns, then of the context. */
  readonly standardization: Standardization;
  readonly parameters: Float32Array;
}
