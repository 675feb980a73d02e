import { playRounds } from './lane.ts';
import { type Kill, planRound } from './plan.ts';
import type { Tally } from './tally.ts';

interface Chaos {
  readonly rounds: number;
  readonly seed: number;
  /** The number of the first round. */
  readonly first?: number;
  readonly kills: readonly Kill[];
}

/** Plays rounds of both forms beside each other, and counts. */
export async function chaos({ rounds, seed, first = 0, kills }: Chaos, tally: Tally): Promise<void> {
  const plans = Array.from({ length: rounds }, (_, index) => planRound(seed, first + index, kills));
  const lanes = (['split', 'single'] as const).map((form) => plans.filter((plan) => plan.form === form));
  await Promise.all(lanes.map((lane) => playRounds(lane, tally)));
}
