import { bestFirst, type Mean, meanOf, pairedDifference, type Scores } from '../../statistics/paired-scores.ts';
import type { Sweep, SweepTrial } from '../../store/sweep.ts';

/** How a flow of a sweep has done, over its seeds. Log-probabilities are in nats per row. */
export interface LeaderboardEntry {
  readonly rank: number;
  readonly flow: string;
  /** Whether all its trials have ended. */
  readonly ended: boolean;
  readonly trials: number;
  readonly ready: number;
  readonly failed: number;
  /** Of its ready trials; while there are none, of those in training as far as they are. */
  readonly validationLogProb: Mean | null;
  readonly testLogProb: Mean | null;
  readonly differenceToBest: Mean | null;
  readonly testDifferenceToBest: Mean | null;
  readonly parameterCount: number | null;
  readonly trainingSeconds: number | null;
}

interface Contestant {
  readonly flow: string;
  readonly trials: readonly SweepTrial[];
  /** Of its ready trials, by seed. */
  readonly scores: Scores;
}

/**
 * The flows of a sweep, best first by what they reach on validation rows: to choose by the test rows would spoil these for telling how good
 * the chosen one is. A seed decides which rows are held out, and flows are compared seed by seed: one that is ready for fewer seeds
 * is judged by how it does on these beside the others.
 */
export function leaderboardOf({ flows, trials }: Sweep): LeaderboardEntry[] {
  const contestants = flows.map((flow, place): Contestant => {
    const own = trials.filter((trial) => trial.flow === place);
    return { flow, trials: own, scores: scoresOf(own, validationOf) };
  });
  const ready = bestFirst(contestants.filter(({ scores }) => scores.size > 0));
  const others = contestants.filter(({ scores }) => scores.size === 0);
  const soFar = bestFirst(
    others.map((contestant) => ({ ...contestant, scores: scoresOf(contestant.trials, validationSoFar) })),
  );
  const [best] = ready;
  return [...ready.map((each) => toEntry(each, best)), ...soFar.map((each) => toEntry(each, undefined))].map(
    (entry, index) => ({ rank: index + 1, ...entry }),
  );
}

function toEntry({ flow, trials, scores }: Contestant, best: Contestant | undefined): Omit<LeaderboardEntry, 'rank'> {
  const ready = trials.filter(({ status }) => status === 'ready');
  const test = scoresOf(ready, testOf);
  const isOther = best !== undefined && best.flow !== flow;
  const counts = new Set(trials.map(({ parameterCount }) => parameterCount));
  const [parameterCount] = counts;
  return {
    flow,
    ended: trials.every(hasEnded),
    trials: trials.length,
    ready: ready.length,
    failed: trials.filter(({ status }) => status === 'failed').length,
    validationLogProb: meanOf(scores.values()),
    testLogProb: meanOf(test.values()),
    differenceToBest: isOther ? pairedDifference(scores, best.scores) : null,
    testDifferenceToBest: isOther ? pairedDifference(test, scoresOf(best.trials, testOf)) : null,
    // What races may differ from seed to seed.
    parameterCount: counts.size === 1 ? parameterCount : null,
    trainingSeconds: meanOf(scoresOf(ready, secondsOf).values())?.mean ?? null,
  };
}

export const hasEnded = ({ status }: SweepTrial) => status !== 'queued' && status !== 'training';

const validationOf = ({ figures }: SweepTrial) => figures?.validationLogProb;
const testOf = ({ figures }: SweepTrial) => figures?.testLogProb;
const secondsOf = ({ figures }: SweepTrial) => figures?.trainingSeconds;
export const validationSoFar = ({ progress }: SweepTrial) => progress?.['validationLogProb'];

/** By seed, of the trials that have one. */
function scoresOf(trials: readonly SweepTrial[], scoreOf: (trial: SweepTrial) => unknown): Scores {
  return new Map(
    trials.flatMap((trial) => {
      const score = scoreOf(trial);
      return typeof score === 'number' ? [[trial.seed, score] as const] : [];
    }),
  );
}
