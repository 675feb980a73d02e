import { allSettled } from './all-settled.ts';

/** How a candidate stands at the end of a round. */
export interface Standing {
  readonly candidate: number;
  /** Steps taken so far. */
  readonly step: number;
  /** Its best log-likelihood of the validation rows; null when its training failed. */
  readonly validationLogProb: number | null;
  /** Whether it has come to its end. */
  readonly ended: boolean;
}

/** A round of a race: the candidates that took part, best first. */
export interface Round {
  readonly until: number;
  readonly standings: readonly Standing[];
}

export interface RaceOptions {
  readonly candidates: number;
  /** How many are to be left. */
  readonly finalists: number;
  /** Steps in the first round. */
  readonly raceSteps: number;
  /** The rounds that are over, when a race is taken up again. */
  readonly rounds: readonly Round[];
}

export interface RaceControl {
  /** Trains a candidate up to a step. */
  advance(candidate: number, until: number): Promise<Standing>;
  /** Whether the race has had its time: then whoever leads wins. */
  timeIsUp(): boolean;
  /** Called at the end of each round, with those that are still in the race. */
  onRound(rounds: readonly Round[], alive: readonly number[]): void;
}

/**
 * Finds the best candidates by successive halving (Jamieson and Talwalkar 2016): all train for some steps, the better half, by
 * the log-likelihood of the validation rows, for twice as many, and so on. Returns the finalists, best first; fewer when others
 * failed. Rejects as `advance` does.
 */
export async function race(
  { candidates, finalists, raceSteps, rounds: earlier }: RaceOptions,
  control: RaceControl,
): Promise<number[]> {
  const rounds = [...earlier];
  const aliveAfter = (round: Round) => {
    const over = control.timeIsUp() || round.standings.every(({ ended }) => ended);
    return over ? healthy(round).slice(0, finalists) : survivors(round, finalists);
  };
  const last = rounds.at(-1);
  let alive = last ? aliveAfter(last) : Array.from({ length: candidates }, (_, candidate) => candidate);
  while (alive.length > finalists) {
    const until = raceSteps * 2 ** rounds.length;
    const standings = await allSettled(alive.map((candidate) => control.advance(candidate, until)));
    const round = { until, standings: standings.toSorted(better) };
    rounds.push(round);
    alive = aliveAfter(round);
    control.onRound(rounds, alive);
  }
  return alive;
}

function survivors(round: Round, finalists: number): number[] {
  const kept = Math.max(finalists, Math.ceil(round.standings.length / 2));
  return healthy(round).slice(0, kept);
}

const healthy = ({ standings }: Round) =>
  standings.flatMap(({ candidate, validationLogProb }) => (validationLogProb === null ? [] : [candidate]));

const better = (a: Standing, b: Standing) =>
  (b.validationLogProb ?? Number.NEGATIVE_INFINITY) - (a.validationLogProb ?? Number.NEGATIVE_INFINITY) ||
  a.candidate - b.candidate;
