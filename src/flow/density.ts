import type { Encoding } from './encoding/encoding.ts';
import { Layout } from './encoding/layout.ts';
import type { FlowSpec, RowFlow } from './flow.ts';
import { createFlow } from './mixed-flow.ts';

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
  readonly encoding: Encoding;
  readonly members: readonly Member[];
}

/** The flow of each member. */
export function flowsOf({ encoding, members }: Density): RowFlow[] {
  const { shape } = new Layout(encoding);
  return members.map(({ spec }) => createFlow(spec, shape));
}

/**
 * How many columns of standard normal noise a sample takes: as many as the member that takes most, and of an ensemble one
 * more, which chooses the member.
 */
export function noiseColumns(density: Density): number {
  const ofMembers = Math.max(...flowsOf(density).map((flow) => flow.noiseColumns));
  return density.members.length > 1 ? ofMembers + 1 : ofMembers;
}
