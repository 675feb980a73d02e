import { type Cell, cellName, edges, type GridAxis, hasCategories, shortened } from './axis.ts';
import type { Figure, LegendEntry } from './figure.ts';
import { number } from './format.ts';

/** A model's density of one column, as the API gives it. */
export interface Marginal {
  readonly x: GridAxis;
  readonly density: readonly number[];
  readonly standardError?: readonly number[] | undefined;
}

/** How the rows of a table have a column, as the API's summaries tell. */
export type ColumnSummary =
  | { readonly histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] } }
  | { readonly categories: readonly { readonly value: string | number | boolean; readonly count: number }[] };

export interface ColumnRows {
  readonly summary: ColumnSummary;
  readonly rowCount: number;
  readonly missingCount: number;
}

export const marginalLegend: readonly LegendEntry[] = [
  { name: 'the model', colour: 'var(--series-1)', mark: 'line' },
  { name: 'the table’s rows', colour: 'var(--series-3)', mark: 'area' },
];

const height = 150;
const margins = { marginLeft: 50, marginTop: 8, marginRight: 16, marginBottom: 26 };
/** Bars beyond so many cannot be told from each other. */
const mostCategories = 12;

/** A model's distribution of one column, over that of the table's rows where they are still there. */
export function marginalPlot(marginal: Marginal, rows: ColumnRows | undefined): Figure {
  return hasCategories(marginal.x) ? categories(marginal, rows) : numbers(marginal, rows);
}

function numbers({ x, density, standardError }: Marginal, rows: ColumnRows | undefined): Figure {
  const bars = rows ? histogramBars(rows) : [];
  const isWhole = x.kind === 'integer';
  const points = density.map((value, index) => {
    const error = 2 * (standardError?.[index] ?? 0);
    return { place: Number(x.values[index]), value, low: Math.max(0, value - error), high: value + error };
  });
  const peak = points.reduce((most, point) => (point.value > most.value ? point : most), points[0]);
  const ends = edges(x);
  return {
    label: `Distribution of ${x.column}: the model’s density is highest, ${number(peak.value)}, at ${number(peak.place)}${rows ? '; a histogram of the table’s rows stands behind it' : ''}`,
    height,
    options: ({ areaY, lineY, rectY, ruleY }) => {
      const curve = isWhole ? ('step' as const) : ('monotone-x' as const);
      return {
        ...margins,
        x: { label: null, ticks: 4, domain: [ends[0], ends[ends.length - 1]] },
        y: { label: null, ticks: 3, tickFormat: number, grid: true },
        marks: [
          rectY(bars, { x1: 'from', x2: 'to', y: 'density', fill: 'var(--series-3)', fillOpacity: 0.35, clip: true }),
          areaY(points, { x: 'place', y1: 'low', y2: 'high', curve, fill: 'var(--series-1)', fillOpacity: 0.25 }),
          lineY(points, { x: 'place', y: 'value', curve, stroke: 'var(--series-1)', strokeWidth: 1.75 }),
          ruleY([0]),
        ],
      };
    },
  };
}

/** With missing cells counted, too: a density's integral is then the part that is there, as the model's is. */
function histogramBars({ summary, rowCount }: ColumnRows) {
  if (!('histogram' in summary) || rowCount === 0) return [];
  const { edges, counts } = summary.histogram;
  return counts.flatMap((count, bin) => {
    const [from, to] = [edges[bin], edges[bin + 1]];
    return to > from ? [{ from, to, density: count / (rowCount * (to - from)) }] : [];
  });
}

function categories({ x, density, standardError }: Marginal, rows: ColumnRows | undefined): Figure {
  const shares = rows ? sharesOf(rows) : undefined;
  const all = x.values.map((value, index) => ({
    name: cellName(value),
    share: shares?.get(cellName(value)) ?? 0,
    value: density[index],
    low: Math.max(0, density[index] - 2 * (standardError?.[index] ?? 0)),
    high: density[index] + 2 * (standardError?.[index] ?? 0),
  }));
  const shown = all.toSorted((a, b) => b.value + b.share - a.value - a.share).slice(0, mostCategories);
  const [likeliest] = shown;
  return {
    label: `Distribution of ${x.column}: the likeliest category, ${likeliest.name}, has probability ${number(likeliest.value)}${rows ? `, and the share ${number(likeliest.share)} of the table’s rows` : ''}`,
    height,
    options: ({ barY, ruleX, ruleY, tickY }) => ({
      ...margins,
      x: {
        label: null,
        domain: shown.map(({ name }) => name),
        tickFormat: (name: string) => shortened(name, Math.max(3, Math.floor(31 / shown.length) - 1)),
        tickSize: 0,
      },
      y: { label: null, ticks: 3, tickFormat: number, grid: true },
      marks: [
        ...(rows ? [barY(shown, { x: 'name', y: 'share', fill: 'var(--series-3)', fillOpacity: 0.35 })] : []),
        ruleX(shown, { x: 'name', y1: 'low', y2: 'high', stroke: 'var(--series-1)', strokeOpacity: 0.5 }),
        tickY(shown, { x: 'name', y: 'value', stroke: 'var(--series-1)', strokeWidth: 2.5 }),
        ruleY([0]),
      ],
    }),
  };
}

function sharesOf({ summary, rowCount, missingCount }: ColumnRows): ReadonlyMap<string, number> {
  const named = (value: Cell, count: number) => [cellName(value), count / Math.max(1, rowCount)] as const;
  const categories = 'categories' in summary ? summary.categories : [];
  return new Map([...categories.map(({ value, count }) => named(value, count)), named(null, missingCount)]);
}
