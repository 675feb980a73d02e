import type { Cell } from '../../api/cell.ts';

/** What an axis shows. Along it lie positions: 0 is `low`, and 1 is `high`. */
export interface PairColumn {
  readonly name: string;
  readonly kind: 'number' | 'date' | 'category';
  /** Its least and greatest value; dates in milliseconds since 1970. The k-th category has the values from k to k + 1. */
  readonly low: number;
  readonly high: number;
  /** The names of the categories, in order. */
  readonly categories: readonly string[];
}

/** More categories than these share the last place. */
const mostCategories = 12;
export const otherCategories = 'others';

/** How much of its place a category's points fill. */
const jitter = 0.7;

const isoDate = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)/;

/** What the cells of a column are; numbers are categories where it is known that they stand for such. */
export function describeColumn(name: string, cells: Iterable<Cell>, isCategorical = false): PairColumn {
  const counts = new Map<Cell, number>();
  let [low, high] = [Infinity, -Infinity];
  let [isNumeric, isDated] = [true, true];
  for (const cell of cells) {
    if (cell === null) continue;
    if (isNumeric && typeof cell !== 'number') isNumeric = false;
    if (isDated && !(typeof cell === 'string' && isoDate.test(cell))) isDated = false;
    if (isCategorical || !(isNumeric || isDated)) break;
    const value = isDated ? Date.parse(String(cell)) : Number(cell);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!isCategorical && (isNumeric || isDated) && low <= high)
    return { name, kind: isDated ? 'date' : 'number', ...apart(low, high), categories: [] };
  for (const cell of cells) if (cell !== null) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const categories = inOrder(counts);
  return { name, kind: 'category', low: 0, high: Math.max(1, categories.length), categories };
}

/** A column that is the same everywhere has a width all the same. */
const apart = (low: number, high: number) =>
  low < high ? { low, high } : { low: low - (Math.abs(low) || 1) / 2, high: high + (Math.abs(high) || 1) / 2 };

/** Numbers, and false and true, ascend; the commonest of texts comes first. */
function inOrder(counts: ReadonlyMap<Cell, number>): string[] {
  const commonest = [...counts].sort(([, a], [, b]) => b - a).map(([cell]) => cell);
  const areMany = commonest.length > mostCategories;
  const kept = areMany ? commonest.slice(0, mostCategories - 1) : commonest;
  if (!kept.some((cell) => typeof cell === 'string')) kept.sort((a, b) => Number(a) - Number(b));
  return [...kept.map(String), ...(areMany ? [otherCategories] : [])];
}

/** The values of cells: NaN where one is missing. Points of a category are strewn over its place by `random`. */
export function valuesOf(column: PairColumn, cells: readonly Cell[], random: () => number): Float64Array {
  if (column.kind === 'number') return numbers(cells, (cell) => (typeof cell === 'number' ? cell : Number.NaN));
  if (column.kind === 'date')
    return numbers(cells, (cell) => (typeof cell === 'string' ? Date.parse(cell) : Number.NaN));
  const places = new Map(column.categories.map((category, place) => [category, place]));
  const last = column.categories.length - 1;
  return numbers(cells, (cell) =>
    cell === null ? Number.NaN : (places.get(String(cell)) ?? last) + 0.5 + jitter * (random() - 0.5),
  );
}

/** By a plain loop: there are hundreds of thousands, and `from` takes ten times as long. */
function numbers(cells: readonly Cell[], of: (cell: Cell) => number): Float64Array {
  const all = new Float64Array(cells.length);
  for (let row = 0; row < cells.length; row++) all[row] = of(cells[row]);
  return all;
}

export const toPosition = ({ low, high }: PairColumn, value: number) => (value - low) / (high - low);
export const toValue = ({ low, high }: PairColumn, position: number) => low + position * (high - low);
