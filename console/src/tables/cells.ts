/** A cell as the service takes and gives it; null where it is missing. */
export type Cell = number | string | boolean | null;

const numberPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** What a text that somebody typed or pasted is as a cell: one that is no number stays a text, and the service says what it is. */
export function cellOf(text: string): Cell {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const number = numberPattern.test(trimmed) ? Number(trimmed) : Number.NaN;
  return Number.isFinite(number) ? number : trimmed;
}

/** A cell as a text that is read back as the same. */
export const textOf = (cell: Cell) => (cell === null ? '' : String(cell));

/** Any value of JSON or Parquet as a cell; what none can be is shown as a text, which the service then names. */
export function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Date ? value.toISOString().replace(/\.?0*Z$/, '') : JSON.stringify(value);
}
