import type { Cell } from '../tables/cells.ts';

/** How the values of a column lie: numbers by their density, categories by their share. */
export type Shape =
  | {
      readonly kind: 'numbers';
      readonly edges: readonly number[];
      /** Between each two edges; they integrate to one. */
      readonly densities: readonly number[];
    }
  | { readonly kind: 'categories'; readonly shares: ReadonlyMap<string, number> };

type Summary =
  | { readonly histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] } }
  | { readonly categories: readonly { readonly value: string | number | boolean; readonly count: number }[] };

/** The shape that a dataset's summary tells; undefined where that has none. */
export function shapeOfSummary(summary: Summary): Shape | undefined {
  if ('categories' in summary) {
    const total = summary.categories.reduce((sum, { count }) => sum + count, 0);
    if (total === 0) return undefined;
    return {
      kind: 'categories',
      shares: new Map(summary.categories.map(({ value, count }) => [String(value), count / total])),
    };
  }
  const { edges, counts } = summary.histogram;
  return counts.length === 0 ? undefined : ofCounts(edges, counts);
}

/** The shape of the values of a file, in bins about as wide as those of its reference. */
export function shapeOfValues(values: readonly Cell[], reference: Shape): Shape | undefined {
  const present = values.filter((value) => value !== null);
  if (reference.kind === 'categories') {
    const shares = new Map<string, number>();
    for (const value of present) shares.set(String(value), (shares.get(String(value)) ?? 0) + 1 / present.length);
    return present.length === 0 ? undefined : { kind: 'categories', shares };
  }
  const numbers = Float64Array.from(present.filter((value) => typeof value === 'number')).sort();
  if (numbers.length === 0) return undefined;
  const { edges } = reference;
  const width = (edges[edges.length - 1] - edges[0]) / (edges.length - 1);
  return binned(numbers, width);
}

const mostBins = 60;

function binned(ascending: Float64Array, width: number): Shape {
  const [first, last] = [ascending[0], ascending[ascending.length - 1]];
  const span = last - first;
  if (span === 0) return ofCounts([first - (width || 1) / 2, first + (width || 1) / 2], [ascending.length]);
  const bins = Math.min(mostBins, Math.max(1, Math.ceil(span / (width || span))));
  const counts = new Array<number>(bins).fill(0);
  for (const value of ascending) counts[Math.min(bins - 1, Math.floor((bins * (value - first)) / span))]++;
  return ofCounts(
    Array.from({ length: bins + 1 }, (_, edge) => first + (span * edge) / bins),
    counts,
  );
}

function ofCounts(edges: readonly number[], counts: readonly number[]): Shape {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const span = edges[edges.length - 1] - edges[0] || 1;
  // A bin of no width holds a single value.
  const densities = counts.map((count, bin) => count / total / (edges[bin + 1] - edges[bin] || span));
  return { kind: 'numbers', edges, densities };
}
