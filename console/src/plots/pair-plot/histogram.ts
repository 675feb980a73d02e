import type { PairTable } from './table.ts';
import type { Interval } from './view.ts';

/** How the values of a column lie in a part of its axis, for each series by itself. */
export interface Densities {
  /** In positions. */
  readonly edges: readonly number[];
  /** For each series how much of it lies in each bin, so that the highest bin of all is 1. */
  readonly heights: readonly (readonly number[])[];
}

const bins = 36;

/** Categories have a bin each; numbers have bins of one width. */
export function densitiesOf(
  { columns, positions, seriesOf, series, count }: PairTable,
  column: number,
  [low, high]: Interval,
): Densities {
  const { kind, categories } = columns[column];
  const [from, to, parts] = kind === 'category' ? [0, 1, Math.max(1, categories.length)] : [low, high, bins];
  const counts = series.map(() => new Array<number>(parts).fill(0));
  for (let point = 0; point < count; point++) {
    const bin = Math.floor((parts * (positions[column][point] - from)) / (to - from));
    if (bin >= 0 && bin < parts) counts[seriesOf[point]][bin]++;
  }
  const shares = counts.map((of, index) => of.map((value) => value / Math.max(1, series[index].count)));
  const highest = Math.max(...shares.flat()) || 1;
  return {
    edges: Array.from({ length: parts + 1 }, (_, edge) => from + (edge * (to - from)) / parts),
    heights: shares.map((of) => of.map((share) => share / highest)),
  };
}

/** The outline of a series' bins, one unit high, across positions. */
export function outline(edges: readonly number[], heights: readonly number[]): string {
  const steps = heights.map((height, bin) => `V${(1 - height).toFixed(4)}H${edges[bin + 1]}`);
  return `M${edges[0]} 1${steps.join('')}V1`;
}
