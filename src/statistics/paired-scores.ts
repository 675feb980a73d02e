import { momentsOf, standardError } from './moments.ts';

/** What somebody has scored, by what it was scored on: those who were scored on the same can be compared pair by pair. */
export type Scores = ReadonlyMap<number, number>;

/** The mean of independent numbers. */
export interface Mean {
  readonly mean: number;
  /** The deviation of the numbers over the square root of how many they are; null of a single one. */
  readonly standardError: number | null;
  readonly count: number;
}

/** Null of no numbers. */
export function meanOf(values: Iterable<number>): Mean | null {
  const moments = momentsOf([...values]);
  if (moments.count === 0) return null;
  return { mean: moments.mean, standardError: standardError(moments), count: moments.count };
}

/**
 * The mean of a - b over what both were scored on. What the scores have in common, as where some of it is easier than the rest, is in no
 * difference: its standard error is that of the differences alone, often far below those of the two means. Null where nothing is shared.
 */
export function pairedDifference(a: Scores, b: Scores): Mean | null {
  return meanOf(
    [...a].flatMap(([key, score]) => {
      const other = b.get(key);
      return other === undefined ? [] : [score - other];
    }),
  );
}

/** Highest first, by what each would score on all; who was scored on nothing is last. Equals stay in their order. */
export function bestFirst<Entry extends { readonly scores: Scores }>(entries: readonly Entry[]): Entry[] {
  const levels = levelsOf(entries.map(({ scores }) => scores));
  return entries
    .map((entry, place) => ({ entry, level: levels[place] }))
    .sort((a, b) => Number(b.level > a.level) - Number(b.level < a.level))
    .map(({ entry }) => entry);
}

const closeEnough = 1e-12;
const mostRounds = 1000;

/**
 * The levels a_i of the least-squares fit of a_i + b_k to the scores, up to a common constant: what is scored on is easier or harder (b),
 * the same for all, so that who was scored on less is not the better for having been spared what is hard. Where all were scored on the same
 * they differ as the means do. -Infinity of who was scored on nothing.
 */
export function levelsOf(all: readonly Scores[]): number[] {
  const keys = new Set(all.flatMap((scores) => [...scores.keys()]));
  let ease = new Map([...keys].map((key) => [key, 0]));
  let levels: number[] = [];
  // One after the other (backfitting, Gauss and Seidel's method for the normal equations).
  for (let round = 0; round < mostRounds; round++) {
    const before = levels;
    levels = all.map(
      (scores) =>
        meanOf([...scores].map(([key, score]) => score - (ease.get(key) ?? 0)))?.mean ?? Number.NEGATIVE_INFINITY,
    );
    ease = new Map(
      [...keys].map((key) => {
        const left = all.flatMap((scores, place) => (scores.has(key) ? [Number(scores.get(key)) - levels[place]] : []));
        return [key, meanOf(left)?.mean ?? 0];
      }),
    );
    if (levels.every((level, place) => level === before[place] || Math.abs(level - before[place]) < closeEnough)) break;
  }
  return levels;
}
