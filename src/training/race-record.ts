import type { Candidate } from '../flow/spec.ts';
import type { Round } from './race.ts';

/** The race of a model's candidates, as its owner sees it. Log-probabilities are means in nats per row, in the data's units. */
export interface RaceRecord {
  readonly candidates: readonly CandidateRecord[];
  readonly rounds: readonly {
    readonly until: number;
    /** Best first. */
    readonly standings: readonly {
      readonly candidate: string;
      readonly step: number;
      readonly validationLogProb: number | null;
      readonly ended: boolean;
    }[];
  }[];
  /** The candidate of each member of the model; empty until the race is over. */
  readonly winners: readonly string[];
}

interface CandidateRecord {
  readonly name: string;
  readonly flow: Candidate['spec'];
  readonly parameterCount: number;
}

/** The race before its first round. */
export function plannedRace(candidates: readonly Candidate[]): RaceRecord {
  const records = candidates.map(({ name, spec, parameterCount }) => ({ name, flow: spec, parameterCount }));
  return raceRecord(records, []);
}

/** The race with numbers replaced by names. */
export function raceRecord(
  candidates: readonly CandidateRecord[],
  rounds: readonly Round[],
  winners: readonly number[] = [],
): RaceRecord {
  const nameOf = (candidate: number) => candidates[candidate].name;
  return {
    candidates,
    rounds: rounds.map(({ until, standings }) => ({
      until,
      standings: standings.map((standing) => ({ ...standing, candidate: nameOf(standing.candidate) })),
    })),
    winners: winners.map(nameOf),
  };
}
