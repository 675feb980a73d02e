import type { Standardization } from './bijectors/standardization.ts';
import { Flow, type FlowSpec } from './flow.ts';

/** A trained flow. */
export interface Member {
  readonly spec: FlowSpec;
  readonly parameters: Float32Array;
}

/**
 * A trained density over rows of named columns in the user's units, given the context columns if there are any:
 * all that is needed to score and to sample. It is the even mixture of its members, p(x) = (1/k) sum_m p_m(x), of which
 * there is at least one (an ensemble by averaging densities: Lakshminarayanan et al. 2017).
 */
export interface Density {
  readonly columns: readonly string[];
  readonly context: readonly string[];
  /** Of the columns, then of the context. */
  readonly standardization: Standardization;
  readonly members: readonly Member[];
}

/** The flow of each member. */
export function flowsOf({ columns, context, members }: Density): Flow[] {
  return members.map(({ spec }) => new Flow(spec, { columns: columns.length, context: context.length }));
}

/**
 * How many columns of standard normal noise a sample takes: as many as the member that takes most, and of an ensemble one
 * more, which chooses the member.
 */
export function noiseColumns(density: Density): number {
  const ofMembers = Math.max(...flowsOf(density).map((flow) => flow.noiseColumns));
  return density.members.length > 1 ? ofMembers + 1 : ofMembers;
}
