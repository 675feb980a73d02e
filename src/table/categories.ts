import { rawName } from './raw-parts.ts';
import type { TableView } from './table-view.ts';

export type Category = string | number | boolean;

/** What a column of categories looks like. */
export type CategorySummary = {
  /** The most frequent first, equally frequent ones by value: models count them in this order. Empty where they are too many. */
  readonly categories: readonly { readonly value: Category; readonly count: number }[];
  /** Estimated for more than 10 000 categories in more than a million rows. */
  readonly distinctCount: number;
};

/** The categories of a column, the most frequent first, as far as they are at most `most`; else undefined. */
export async function countCategories(
  { database, cells }: TableView,
  column: number,
  most: number,
): Promise<CategorySummary | undefined> {
  const rows =
    await database.query(`SELECT ${rawName(column)} AS value, count(*)::DOUBLE AS count FROM ${cells([column])}
    WHERE value IS NOT NULL GROUP BY value ORDER BY count DESC, value LIMIT ${most + 1}`);
  if (rows.length > most) return undefined;
  const categories = rows.map(({ value, count }) => ({ value: toCategory(value), count: Number(count) }));
  return { categories, distinctCount: categories.length };
}

/** Throws TypeError where a value is no category. */
export function toCategory(value: unknown): Category {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new TypeError(`expected a text, a number or a boolean, got ${String(value)}`);
}
