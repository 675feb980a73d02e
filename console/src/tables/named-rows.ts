import { type Cell, toCell } from './cells.ts';

/** Rows under names; without names they are in the order in which the model takes them. */
export interface NamedRows {
  readonly names: readonly string[] | undefined;
  readonly rows: readonly (readonly Cell[])[];
}

/** Something about a table that keeps it from being read. */
export class TableProblem extends Error {
  override readonly name = 'TableProblem';
}

/** Of each row the cells of these columns, in this order. Throws TableProblem where one of them is not in the table. */
export function inOrder({ names, rows }: NamedRows, columns: readonly string[]): Cell[][] {
  if (!names) {
    const odd = rows.findIndex(({ length }) => length !== columns.length);
    if (odd !== -1)
      throw new TableProblem(
        `Row ${odd + 1} has ${rows[odd].length} values: expected ${columns.length}, for ${columns.join(', ')}.`,
      );
    return rows.map((row) => [...row]);
  }
  const places = columns.map((column) => names.indexOf(column));
  const lacking = columns.filter((_, place) => places[place] === -1);
  if (lacking.length > 0)
    throw new TableProblem(`The table has no column ${lacking.map((name) => JSON.stringify(name)).join(', ')}.`);
  return rows.map((row) => places.map((place) => row[place] ?? null));
}

/**
 * The rows of what JSON may hold: a list of rows or of objects, or one of these as `rows` (perhaps with `columns`) or `records`.
 * Throws TableProblem for anything else.
 */
export function rowsOfJson(body: unknown): NamedRows {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    if ('records' in body) return rowsOfJson(body.records);
    if ('rows' in body) {
      const names = 'columns' in body && Array.isArray(body.columns) ? body.columns.map(nameOf) : undefined;
      return { ...rowsOfJson(body.rows), ...(names && { names }) };
    }
    return recordRows([body]);
  }
  if (!Array.isArray(body) || body.length === 0) throw new TableProblem('Expected a list of rows, or of objects.');
  if (body.every(Array.isArray)) return { names: undefined, rows: body.map((row: unknown[]) => row.map(toCell)) };
  return recordRows(body);
}

/** Objects as rows under all the keys that they have. Throws TableProblem where one is no object. */
export function recordRows(records: readonly unknown[]): NamedRows {
  const objects = records.map((record, row) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw new TableProblem(`Row ${row + 1} is no object, as others are.`);
    return new Map<string, unknown>(Object.entries(record));
  });
  const names = [...new Set(objects.flatMap((object) => [...object.keys()]))];
  return { names, rows: objects.map((object) => names.map((name) => toCell(object.get(name)))) };
}

/** A column is named by a text, or by an object with its name. */
function nameOf(column: unknown): string {
  const name = typeof column === 'object' && column !== null && 'name' in column ? column.name : column;
  return String(name);
}
