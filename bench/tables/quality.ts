import type { Cell } from '../../src/table/cells.ts';

/** Rows of a table with the names of their columns, and which of these are numbers. */
export interface Rows {
  readonly columns: readonly string[];
  readonly isNumber: readonly boolean[];
  readonly rows: readonly (readonly Cell[])[];
}

/** How alike two tables are in a column, or in a pair of columns, from 0 to 1; NaN where that is not defined. */
export interface Similarity {
  readonly columns: readonly string[];
  readonly metric: 'KSComplement' | 'TVComplement' | 'CorrelationSimilarity' | 'ContingencySimilarity';
  readonly score: number;
}

/**
 * SDMetrics' column shapes: KSComplement, one less the two-sample Kolmogorov-Smirnov statistic, of numbers, and TVComplement,
 * one less the total variation distance, of categories. Missing cells are left out.
 */
export function columnShapes(real: Rows, samples: Rows): Similarity[] {
  return real.columns.map((name, column) => {
    const [a, b] = [real, samples].map(({ rows }) => rows.map((row) => row[column]).filter((cell) => cell !== null));
    if (!real.isNumber[column])
      return { columns: [name], metric: 'TVComplement', score: overlap(shares(a.map(String)), shares(b.map(String))) };
    return { columns: [name], metric: 'KSComplement', score: 1 - kolmogorovSmirnov(numbers(a), numbers(b)) };
  });
}

/**
 * SDMetrics' column pair trends: of two columns of numbers, CorrelationSimilarity, 1 - |r - r'| / 2 of Pearson's coefficients
 * over complete pairs; of others ContingencySimilarity, one less the total variation distance of the pairs of values, a missing
 * cell being one of them. With a category, a number stands for its bin: ten over the range of the real column, the first and
 * the last open.
 */
export function columnPairTrends(real: Rows, samples: Rows): Similarity[] {
  const discrete = [real, samples].map((table) => discreteColumns(table, real));
  return real.columns.flatMap((first, i) =>
    real.columns.slice(i + 1).map((second, offset): Similarity => {
      const j = i + 1 + offset;
      const columns = [first, second];
      if (real.isNumber[i] && real.isNumber[j]) {
        const [a, b] = [real, samples].map(({ rows }) => correlation(rows.map((row) => [row[i], row[j]])));
        return { columns, metric: 'CorrelationSimilarity', score: 1 - Math.abs(a - b) / 2 };
      }
      const [a, b] = discrete.map((all) => shares(all[i].map((value, row) => JSON.stringify([value, all[j][row]]))));
      return { columns, metric: 'ContingencySimilarity', score: overlap(a, b) };
    }),
  );
}

/** The mean of the scores that are defined. */
export function meanScore(similarities: readonly Similarity[]): number {
  const scores = similarities.map(({ score }) => score).filter((score) => !Number.isNaN(score));
  return scores.reduce((total, score) => total + score, 0) / scores.length;
}

const numbers = (cells: readonly Cell[]) => Float64Array.from(cells, Number).sort();

/** The largest distance between the distribution functions of two sorted samples. */
function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i], b[j]);
    while (a[i] === value) i++;
    while (b[j] === value) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return a.length > 0 && b.length > 0 ? largest : Number.NaN;
}

/** The share of each value. */
function shares(values: readonly string[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const value of values) all.set(value, (all.get(value) ?? 0) + 1 / values.length);
  return all;
}

/** One less the total variation distance; NaN where there is nothing to compare. */
function overlap(a: Map<string, number>, b: Map<string, number>): number {
  if (a.size === 0 || b.size === 0) return Number.NaN;
  const distances = [...new Set([...a.keys(), ...b.keys()])].map((key) =>
    Math.abs((a.get(key) ?? 0) - (b.get(key) ?? 0)),
  );
  return 1 - distances.reduce((total, distance) => total + distance, 0) / 2;
}

/** Pearson's; NaN where one of the two is constant. */
function correlation(pairs: readonly (readonly Cell[])[]): number {
  const complete = pairs.filter((pair) => !pair.includes(null)).map(([x, y]) => [Number(x), Number(y)]);
  const mean = (place: number) => complete.reduce((total, pair) => total + pair[place] / complete.length, 0);
  const means = [mean(0), mean(1)];
  const [xx, yy, xy] = [
    [0, 0],
    [1, 1],
    [0, 1],
  ].map(([a, b]) => complete.reduce((total, pair) => total + (pair[a] - means[a]) * (pair[b] - means[b]), 0));
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Number.NaN;
}

const bins = 10;

/** The values of each column, numbers as bins; a missing one is beyond the last. */
function discreteColumns({ isNumber, rows }: Rows, real: Rows): Cell[][] {
  return isNumber.map((isNumber, column) => {
    const cells = rows.map((row) => row[column]);
    if (!isNumber) return cells;
    const edges = innerEdges(numbers(real.rows.map((row) => row[column]).filter((cell) => cell !== null)));
    return cells.map((cell) => (cell === null ? bins : edges.filter((edge) => edge <= Number(cell)).length));
  });
}

/** Where bins of equal width over the range of sorted values meet. */
function innerEdges(sorted: Float64Array): number[] {
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  // NumPy's range where there is only one value.
  const [start, end] = least === most ? [least - 0.5, most + 0.5] : [least, most];
  return Array.from({ length: bins - 1 }, (_, edge) => start + ((edge + 1) * (end - start)) / bins);
}
