import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Range } from './ranges.ts';
import { rawName } from './raw-parts.ts';
import { batches, columnsPerQuery, type TableView } from './table-view.ts';

/** What a numeric column looks like; its statistics are null and its lists empty where every cell is missing. */
export type NumberSummary = {
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** With n - 1 in the denominator; null for a single cell. */
  readonly standardDeviation: number | null;
  /** By probability, linear between neighbouring values; approximate above a million rows. */
  readonly quantiles: Readonly<Record<string, number>>;
  /** Bins of equal width; each holds its lower edge, and the last also its upper. */
  readonly histogram: { readonly edges: number[]; readonly counts: number[] };
  /** Approximate above a million rows. */
  readonly distinctCount: number;
};

const statisticsSchema = Type.Object({
  mean: Type.Union([Type.Number(), Type.Null()]),
  standardDeviation: Type.Union([Type.Number(), Type.Null()]),
  quantiles: Type.Union([Type.Array(Type.Number()), Type.Null()]),
  distinctCount: Type.Number(),
  bins: Type.Union([Type.Array(Type.Object({ key: Type.Number(), value: Type.BigInt() })), Type.Null()]),
});
type Statistics = Type.Static<typeof statisticsSchema>;

const probabilities = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
const binCount = 20;
const exactRows = 1_000_000;

/** Summarizes columns whose cells are doubles, by the column. */
export async function summarizeNumbers(
  { database, cells, rowCount }: TableView,
  ranges: ReadonlyMap<number, Range>,
): Promise<Map<number, NumberSummary>> {
  const exact = rowCount <= exactRows;
  // Exact quantiles and counts hold a column in memory, so tall tables go by fewer columns at a time.
  const size = exact ? Math.max(1, Math.min(columnsPerQuery, Math.floor(exactRows / rowCount))) : columnsPerQuery;
  const summaries = new Map<number, NumberSummary>();
  for (const batch of batches([...ranges], size)) {
    const structs = batch.map(([column, range]) => statisticsOf(column, range, exact));
    const [row] = await database.query(`SELECT ${structs} FROM ${cells(batch.map(([column]) => column))}`);
    for (const [column, range] of batch)
      summaries.set(column, toSummary(Value.Parse(statisticsSchema, row?.[rawName(column)]), range));
  }
  return summaries;
}

function statisticsOf(column: number, range: Range, exact: boolean): string {
  const scale = scaleOf(range);
  const number = (value: number) => `'${value}'::DOUBLE`;
  const value = `(${rawName(column)} / ${number(scale)})`;
  const low = (range.min ?? 0) / scale;
  const width = (range.max ?? 0) / scale - low;
  const bin =
    width > 0 ? `least(floor((${value} - ${number(low)}) / ${number(width)} * ${binCount}), ${binCount - 1})` : '0';
  return `{mean: avg(${value}), standardDeviation: stddev_samp(${value}),
    quantiles: ${exact ? 'quantile_cont' : 'approx_quantile'}(${value}, [${probabilities}]),
    distinctCount: ${exact ? `count(DISTINCT ${value})` : `approx_count_distinct(${value})`}::DOUBLE,
    bins: histogram(${bin}::INTEGER) FILTER (${value} IS NOT NULL)} AS ${rawName(column)}`;
}

/** A power of two, so that dividing by it is exact and sums and squares of what is left cannot overflow. */
export function scaleOf(range: Range): number {
  const size = Math.max(Math.abs(range.min ?? 0), Math.abs(range.max ?? 0));
  return size > 0 ? 2 ** Math.floor(Math.log2(size)) : 1;
}

function toSummary(statistics: Statistics, range: Range): NumberSummary {
  const { min, max } = range;
  if (min === null || max === null)
    return {
      min,
      max,
      mean: null,
      standardDeviation: null,
      quantiles: {},
      histogram: { edges: [], counts: [] },
      distinctCount: 0,
    };
  const scale = scaleOf(range);
  const { mean, standardDeviation, quantiles, distinctCount, bins } = statistics;
  return {
    min,
    max,
    mean: (mean ?? 0) * scale,
    standardDeviation: standardDeviation === null ? null : standardDeviation * scale,
    quantiles: Object.fromEntries(probabilities.map((p, index) => [p, (quantiles?.[index] ?? 0) * scale])),
    histogram: histogram(min, max, new Map(bins?.map(({ key, value }) => [key, Number(value)]))),
    distinctCount,
  };
}

function histogram(min: number, max: number, counts: ReadonlyMap<number, number>) {
  const bins = min === max ? 1 : binCount;
  return {
    edges: Array.from({ length: bins + 1 }, (_, edge) => min * (1 - edge / bins) + max * (edge / bins)),
    counts: Array.from({ length: bins }, (_, bin) => counts.get(bin) ?? 0),
  };
}
