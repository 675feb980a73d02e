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
  /** By probability, linear between neighbouring values; above 200 000 rows those of about as many, drawn at random. */
  readonly quantiles: Readonly<Record<string, number>>;
  /** Bins of equal width; each holds its lower edge, and the last also its upper. */
  readonly histogram: { readonly edges: number[]; readonly counts: number[] };
  /** Estimated above 200 000 rows. */
  readonly distinctCount: number;
};

const momentsSchema = Type.Object({
  mean: Type.Union([Type.Number(), Type.Null()]),
  standardDeviation: Type.Union([Type.Number(), Type.Null()]),
  distinctCount: Type.Number(),
});
const shapeSchema = Type.Object({
  quantiles: Type.Union([Type.Array(Type.Number()), Type.Null()]),
  bins: Type.Union([Type.Array(Type.Object({ key: Type.Number(), value: Type.BigInt() })), Type.Null()]),
});
const statisticsSchema = Type.Intersect([momentsSchema, shapeSchema]);
type Statistics = Type.Static<typeof statisticsSchema>;

const probabilities = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
const binCount = 20;
/** Of larger tables quantiles are of about so many cells of a column, and distinct counts are estimated. */
const exactRows = 200_000;

type Ranges = readonly (readonly [column: number, range: Range])[];

/** Summarizes columns whose cells are doubles, by the column. */
export async function summarizeNumbers(view: TableView, ranges: Ranges): Promise<Map<number, NumberSummary>> {
  const isExact = view.rowCount <= exactRows;
  // Exact quantiles and counts hold a column in memory, so tall tables go by fewer columns at a time.
  const size = isExact ? Math.max(1, Math.min(columnsPerQuery, Math.floor(1e6 / view.rowCount))) : columnsPerQuery;
  const summaries = new Map<number, NumberSummary>();
  for (const batch of batches(ranges, size)) {
    const structs = batch.map(([column, range]) =>
      isExact ? statisticsSql(column, range) : momentsSql(column, range),
    );
    const cells = view.cells(batch.map(([column]) => column));
    const [row = {}] = await view.database.query(`SELECT ${structs} FROM ${cells}`);
    for (const [column, range] of batch) {
      const found = row[rawName(column)];
      const statistics = isExact
        ? Value.Parse(statisticsSchema, found)
        : { ...Value.Parse(momentsSchema, found), ...(await shapeOf(view, column, range)) };
      summaries.set(column, toSummary(statistics, range));
    }
  }
  return summaries;
}

function momentsSql(column: number, range: Range): string {
  const value = scaledSql(column, range);
  return `{mean: avg(${value}), standardDeviation: stddev_samp(${value}),
    distinctCount: approx_count_distinct(${rawName(column)})::DOUBLE} AS ${rawName(column)}`;
}

function statisticsSql(column: number, range: Range): string {
  const value = scaledSql(column, range);
  return `{mean: avg(${value}), standardDeviation: stddev_samp(${value}),
    distinctCount: count(DISTINCT ${value})::DOUBLE, quantiles: quantile_cont(${value}, [${probabilities}]),
    bins: histogram(${binSql(column, range)}) FILTER (${value} IS NOT NULL)} AS ${rawName(column)}`;
}

/** Quantiles of a part of a column's cells, and bins of all: one column at a time takes a third of the time of several. */
async function shapeOf({ database, cells }: TableView, column: number, range: Range) {
  const values = `(SELECT ${rawName(column)} FROM ${cells([column])} WHERE ${rawName(column)} IS NOT NULL)`;
  const percent = Math.min(100, (100 * exactRows) / Math.max(1, range.count));
  const [row] = await database.query(`SELECT
    (SELECT quantile_cont(${scaledSql(column, range)}, [${probabilities}])
      FROM (FROM ${values} USING SAMPLE ${percent} PERCENT (bernoulli, 1))) AS quantiles,
    (SELECT list({key: bin, value: n}) FROM (SELECT ${binSql(column, range)} AS bin, count(*) AS n FROM ${values}
      GROUP BY bin)) AS bins`);
  return Value.Parse(shapeSchema, row);
}

const double = (value: number) => `'${value}'::DOUBLE`;

const scaledSql = (column: number, range: Range) => `(${rawName(column)} / ${double(scaleOf(range))})`;

function binSql(column: number, range: Range): string {
  const scale = scaleOf(range);
  const low = (range.min ?? 0) / scale;
  const width = (range.max ?? 0) / scale - low;
  if (width === 0) return '0';
  const place = `floor((${scaledSql(column, range)} - ${double(low)}) / ${double(width)} * ${binCount})`;
  return `least(${place}, ${binCount - 1})::INTEGER`;
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
