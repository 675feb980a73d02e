import type { Database } from './duckdb.ts';
import { shown, TableError, type TableErrorCode } from './errors.ts';
import { rawName } from './raw-parts.ts';

/** The working tables of an upload, their columns called c0, c1, .. */
export interface TableView {
  readonly database: Database;
  /** The cells as they came, as an SQL relation. */
  readonly raw: string;
  /** Some columns of the cells as what they are taken for, as an SQL relation; of other raw ones where `from` says so. */
  readonly cells: (columns: readonly number[], from?: string) => string;
  readonly names: readonly string[];
  readonly rowCount: number;
  /** The JSON path of a cell, by the index of its row and of its column, where the upload has such. */
  readonly cellPath?: ((row: number, column: number) => string) | undefined;
}

/** Columns per query: wide tables in one query take memory by the column. */
export const columnsPerQuery = 20;

/** The items several at a time. */
export function* batches<Item>(items: readonly Item[], size = columnsPerQuery): Generator<Item[]> {
  for (let first = 0; first < items.length; first += size) yield items.slice(first, first + size);
}

/**
 * The error for the first cell of a column for which an SQL condition holds: of `cell`, as it came, and `value`, what it
 * is taken for.
 */
export async function cellError(
  { database, raw, cells, names, cellPath }: TableView,
  column: number,
  condition: string,
  code: TableErrorCode,
  expected: string,
): Promise<TableError> {
  const name = rawName(column);
  const [found] = await database.query(`SELECT row::DOUBLE AS row, cell FROM
    (SELECT cell, value, row_number() OVER () AS row FROM
      (SELECT ${name} AS cell FROM ${raw}) POSITIONAL JOIN (SELECT ${name} AS value FROM ${cells([column])}))
    WHERE ${condition} LIMIT 1`);
  const row = Number(found?.['row']);
  const cell = found?.['cell'];
  const got = typeof cell === 'number' ? String(cell) : shown(cell);
  if (cellPath) return new TableError(code, `Expected ${expected}, got ${got}.`, cellPath(row - 1, column));
  return new TableError(code, `Data row ${row}, column ${shown(names[column])}: expected ${expected}, got ${got}.`);
}
