import { setImmediate as otherWork } from 'node:timers/promises';
import { type ColumnEncoding, isNumber } from '../flow/encoding/encoding.ts';
import { sameShares } from '../statistics/chi-square.ts';
import { holm } from '../statistics/holm.ts';
import { sameDistribution } from '../statistics/kolmogorov.ts';
import { stabilityIndex, totalVariation } from '../statistics/shares.ts';

/** Rows of a batch, and what they are compared with; either part of the reference may be missing. */
export interface Comparison {
  /** The columns and the context. */
  readonly columns: readonly ColumnEncoding[];
  /** Codes [rows, columns], row-major: NaN where a cell is missing, -1 for an unknown category. */
  readonly batch: Float64Array;
  readonly batchLogProb: Float64Array;
  readonly reference: Float64Array | undefined;
  readonly referenceLogProb: Float64Array | undefined;
  /** The chance of calling it drift where there is none. */
  readonly level: number;
}

interface Finding {
  readonly statistic: number;
  readonly pValue: number;
  /** By Holm's method, among all tests of the comparison. */
  readonly adjustedPValue: number;
  readonly drifted: boolean;
}

export interface LogProbDrift extends Finding {
  /** The mean log-density of the batch less that of the reference, in nats, of rows whose density is not zero; NaN without any. */
  readonly meanDifference: number;
}

export interface ColumnDrift extends Finding {
  readonly column: string;
  readonly test: 'kolmogorov-smirnov' | 'chi-square';
  /** Kolmogorov and Smirnov's distance, or of categories the total variation; 0 to 1. */
  readonly distance: number;
  /** The population stability index: of categories, or of ten ranges that hold a tenth of the reference each, and of gaps. */
  readonly stabilityIndex: number;
}

export interface Drift {
  readonly drifted: boolean;
  readonly logProb: LogProbDrift | undefined;
  /** In order; none without reference rows. */
  readonly columns: readonly ColumnDrift[];
}

/**
 * Whether a batch comes from another distribution than its reference: a test of each column by itself, and one of the
 * log-densities, which sees what columns do together. All are two-sample tests, corrected for their number together: the chance
 * that any is called drift where there is none is at most `level`. Each side needs at least one row.
 */
export async function drift({ columns, batch, reference, level, ...scores }: Comparison): Promise<Drift> {
  const tests: Omit<ColumnDrift, 'adjustedPValue' | 'drifted'>[] = [];
  if (reference)
    for (const [place, column] of columns.entries()) {
      await otherWork();
      const [first, second] = [batch, reference].map((rows) => columnOf(rows, place, columns.length));
      tests.push(isNumber(column) ? ofNumbers(column.name, first, second) : ofCategories(column, first, second));
    }
  const ofScores = scores.referenceLogProb && ofLogProb(scores.batchLogProb, scores.referenceLogProb);
  const adjusted = holm([...tests, ...(ofScores ? [ofScores] : [])].map(({ pValue }) => pValue));
  const judged = (test: number) => ({ adjustedPValue: adjusted[test], drifted: adjusted[test] <= level });
  return {
    drifted: adjusted.some((pValue) => pValue <= level),
    logProb: ofScores && { ...ofScores, ...judged(tests.length) },
    columns: tests.map((test, index) => ({ ...test, ...judged(index) })),
  };
}

const columnOf = (rows: Float64Array, place: number, width: number) =>
  Float64Array.from({ length: rows.length / width }, (_, row) => rows[row * width + place]);

function ofLogProb(batch: Float64Array, reference: Float64Array) {
  const [mean, expected] = [batch, reference].map(finiteMean);
  return { ...sameDistribution(batch, reference), meanDifference: mean - expected };
}

function finiteMean(values: Float64Array): number {
  const finite = values.filter(Number.isFinite);
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}

/** A gap counts as less than any number, so that more or fewer of them are drift too. */
function ofNumbers(column: string, batch: Float64Array, reference: Float64Array) {
  const [first, second] = [batch, reference].map((values) =>
    values.map((value) => (Number.isNaN(value) ? -Infinity : value)),
  );
  const { statistic, pValue } = sameDistribution(first, second);
  const edges = edgesOf(second);
  const index = stabilityIndex(countsBetween(edges, first), countsBetween(edges, second));
  return { column, test: 'kolmogorov-smirnov' as const, statistic, pValue, distance: statistic, stabilityIndex: index };
}

const ranges = 10;

/** What parts the gaps from the numbers, and these into ranges of about as many each. */
function edgesOf(values: Float64Array): number[] {
  const sorted = values.filter(Number.isFinite).sort();
  const edges = Array.from(
    { length: ranges - 1 },
    (_, edge) => sorted[Math.floor(((edge + 1) / ranges) * sorted.length)],
  );
  return [-Number.MAX_VALUE, ...new Set(sorted.length > 0 ? edges : [])];
}

/** How many values are below the first edge, between each two, and from the last on. */
function countsBetween(edges: readonly number[], values: Float64Array): number[] {
  const counts: number[] = new Array(edges.length + 1).fill(0);
  for (const value of values) {
    const range = edges.findIndex((edge) => value < edge);
    counts[range === -1 ? edges.length : range]++;
  }
  return counts;
}

/** Gaps are a category, and so are all unknown ones together. */
function ofCategories(column: ColumnEncoding, batch: Float64Array, reference: Float64Array) {
  const known = column.kind === 'categorical' ? column.categories.length : 0;
  const counts = [batch, reference].map((values) => {
    const all: number[] = new Array(known + 2).fill(0);
    for (const value of values) all[Number.isNaN(value) ? known : value < 0 ? known + 1 : value]++;
    return all;
  });
  const { statistic, pValue } = sameShares(counts[0], counts[1]);
  const present = counts.map((all) => all.filter((_, category) => counts[0][category] + counts[1][category] > 0));
  return {
    column: column.name,
    test: 'chi-square' as const,
    statistic,
    pValue,
    distance: totalVariation(counts[0], counts[1]),
    stabilityIndex: stabilityIndex(present[0], present[1]),
  };
}
