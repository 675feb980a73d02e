import type { Standardization } from './bijectors/standardization.ts';
import type { FlowSpec } from './spec.ts';

/** A trained density over rows of named columns in the user's units: all that is needed to score and to sample. */
export interface Density {
  readonly columns: readonly string[];
  readonly spec: FlowSpec;
  readonly standardization: Standardization;
  readonly parameters: Float32Array;
}
