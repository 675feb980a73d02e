import type { Model } from './types.ts';

type RaceRecord = NonNullable<Model['race']>;

/** How a candidate has done in one round. */
export interface Result {
  /** From 1, the best. */
  readonly place: number;
  /** Mean of the validation rows, in nats per row; null where training failed. */
  readonly validationLogProb: number | null;
}

export interface Runner {
  readonly name: string;
  readonly parameterCount: number;
  /** Of the rounds that it took part in. */
  readonly results: readonly Result[];
  /** The round after which it was dropped, from 1; undefined where it was not. */
  readonly droppedAfter: number | undefined;
  /** What part of the model it is, from 0 to 1; undefined until the race is over. */
  readonly weight: number | undefined;
}

export interface Race {
  /** Best first. */
  readonly runners: readonly Runner[];
  /** The step up to which each round went. */
  readonly rounds: readonly number[];
  readonly isOver: boolean;
  /** Whether it is a race at all, or all that take part are mixed. */
  readonly isMixture: boolean;
}

/** A model's race, runner by runner; undefined where it has none. */
export function raceOf({ race, flow, training }: Pick<Model, 'race' | 'flow' | 'training'>): Race | undefined {
  if (!race) return undefined;
  const sought = Number(training['ensemble'] ?? 1);
  return {
    runners: race.candidates.map((candidate) => runnerOf(candidate, race, sought)).toSorted(better),
    rounds: race.rounds.map(({ until }) => until),
    isOver: race.winners.length > 0,
    isMixture: flow === 'anomaly' || race.candidates.length <= sought,
  };
}

function runnerOf(
  { name, parameterCount }: RaceRecord['candidates'][number],
  { rounds, winners }: RaceRecord,
  sought: number,
): Runner {
  const results = rounds.flatMap(({ standings }) => {
    const at = standings.findIndex(({ candidate }) => candidate === name);
    return at === -1 ? [] : [{ place: at + 1, validationLogProb: standings[at].validationLogProb }];
  });
  const members = winners.filter((winner) => winner === name).length;
  const isOver = winners.length > 0;
  const last = results.at(-1);
  // The better half goes on; at the end, those that are sought.
  const half = Math.ceil((rounds.at(-1)?.standings.length ?? 0) / 2);
  const kept = isOver ? sought : Math.max(sought, half);
  const isBehind = last !== undefined && (last.validationLogProb === null || last.place > kept);
  const isOut = members === 0 && (results.length < rounds.length || isBehind);
  return {
    name,
    parameterCount,
    results,
    droppedAfter: isOut ? results.length : undefined,
    weight: isOver ? members / winners.length : undefined,
  };
}

/** By weight, then by how long it took part, then by how it stood at last. */
function better(a: Runner, b: Runner): number {
  const lastPlace = ({ results }: Runner) => results.at(-1)?.place ?? 0;
  return (b.weight ?? 0) - (a.weight ?? 0) || b.results.length - a.results.length || lastPlace(a) - lastPlace(b);
}
