import type { Cell } from '../../../tables/cells.ts';

/** Longer ones would make an address that mail programs break. */
const longest = 1500;

/** Rows as an address has them; undefined where they are too many for that. */
export function sharedRows(rows: readonly (readonly Cell[])[]): string | undefined {
  const text = JSON.stringify(rows);
  return encodeURIComponent(text).length <= longest ? text : undefined;
}

/** The rows of an address; undefined where it has none that are as wide as they must be. */
export function rowsShared(text: string | undefined, width: number): Cell[][] | undefined {
  if (text === undefined) return undefined;
  try {
    const rows: unknown = JSON.parse(text);
    const isRow = (row: unknown): row is Cell[] => Array.isArray(row) && row.length === width && row.every(isCell);
    return Array.isArray(rows) && rows.length > 0 && rows.every(isRow) ? rows : undefined;
  } catch {
    return undefined;
  }
}

const isCell = (value: unknown): value is Cell =>
  value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
