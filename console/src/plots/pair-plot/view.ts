import type { PairColumn } from './column.ts';

/** The part of an axis that is seen, in positions. */
export type Interval = readonly [low: number, high: number];

/** What is seen of each column. All panels that share a column share its interval: they move together. */
export type View = readonly Interval[];

const margin = 0.04;
/** Positions are single-precision numbers: further in they would be seen to be. */
const narrowest = 2 ** -12;
const widest = 2;

/** All of every column. */
export const wholeView = (columns: readonly PairColumn[]): View =>
  columns.map(({ kind }) => (kind === 'category' ? [0, 1] : [-margin, 1 + margin]));

/** Where about, from 0 to 1 across what is seen, a column is zoomed or moved. */
export interface Along {
  readonly column: number;
  readonly at: number;
}

/** `factor` times as close, about what lies at the given places: it stays there. */
export const zoom = (view: View, along: readonly Along[], factor: number): View =>
  change(view, along, ([low, high], at) => {
    const width = Math.min(widest, Math.max(narrowest, (high - low) / factor));
    const still = low + at * (high - low);
    return [still - at * width, still + (1 - at) * width];
  });

/** Moved so that what is seen lies `at` of its width further on. */
export const pan = (view: View, along: readonly Along[]): View =>
  change(view, along, ([low, high], at) => [low - at * (high - low), high - at * (high - low)]);

function change(view: View, along: readonly Along[], to: (interval: Interval, at: number) => Interval): View {
  const next = [...view];
  for (const { column, at } of along) next[column] = held(to(next[column], at));
  return next;
}

/** Its middle stays among the points. */
function held([low, high]: Interval): Interval {
  const middle = (low + high) / 2;
  const by = Math.min(1, Math.max(0, middle)) - middle;
  return [low + by, high + by];
}

export const isSame = (a: Interval, b: Interval) => a[0] === b[0] && a[1] === b[1];
