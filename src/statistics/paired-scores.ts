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

/**
 * Highest mean first, but first those that were scored on the most: a mean over less is over what may have been easier. Who was
 * scored on nothing is last. Equals stay in their order.
 */
export function bestFirst<Entry extends { readonly scores: Scores }>(entries: readonly Entry[]): Entry[] {
  const ranked = entries.map((entry) => ({
    entry,
    count: entry.scores.size,
    mean: meanOf(entry.scores.values())?.mean ?? 0,
  }));
  return ranked.sort((a, b) => b.count - a.count || b.mean - a.mean).map(({ entry }) => entry);
}
