import type { Range } from './ranges.ts';
import { type RawParts, rawName, relation, sparseRelation } from './raw-parts.ts';
import { scaleOf } from './summary.ts';
import { batches, type TableView } from './table-view.ts';

/** Pearson correlations of columns with each other; null where they are not defined. */
export interface Correlations {
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
}

/** Of more columns than this, the first are taken. */
const mostColumns = 100;
/** Products that are summed up, which takes about a tenth of a second; of larger tables every second row is read, or third, .. */
const mostProducts = 20_000_000;
const pairsPerQuery = 200;

/**
 * The sample correlations r = sum((x - mean x)(y - mean y)) / sqrt(sum((x - mean x)^2) sum((y - mean y)^2)) of columns of
 * doubles, over the rows that have both (Pearson 1895).
 */
export async function correlate(
  { database, cells, names, rowCount }: TableView,
  parts: RawParts,
  ranges: readonly (readonly [column: number, range: Range])[],
): Promise<Correlations> {
  const columns = ranges.slice(0, mostColumns);
  const pairs = columns.flatMap((_, a) => Array.from({ length: a + 1 }, (_, b) => [a, b] as const));
  const step = Math.max(1, Math.ceil((pairs.length * rowCount) / mostProducts));
  const rows = cells(
    columns.map(([column]) => column),
    step === 1 ? relation(parts) : sparseRelation(parts, step),
  );
  // By a power of two, which is exact, so that squares neither overflow nor vanish.
  const scaled = columns.map(([column, range]) => `${rawName(column)} / '${scaleOf(range)}'::DOUBLE`);
  const values = columns.map((): (number | null)[] => columns.map(() => null));
  for (const batch of batches(pairs, pairsPerQuery)) {
    const [row] = await database.query(
      `SELECT [${batch.map(([a, b]) => `corr(${scaled[a]}, ${scaled[b]})`)}] AS correlations FROM ${rows}`,
    );
    const found: unknown = row?.['correlations'];
    batch.forEach(([a, b], index) => {
      const value = toCorrelation(Array.isArray(found) ? found[index] : null);
      values[a][b] = value;
      values[b][a] = value;
    });
  }
  return { columns: columns.map(([column]) => names[column]), values };
}

function toCorrelation(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : null;
}
