import { TableError } from './errors.ts';
import type { TableLimits } from './spooled.ts';

/** Throws TableError where a table has no rows, or more than the limits allow. */
export function checkRowCount(rowCount: number, { maxRows }: Pick<TableLimits, 'maxRows'>): void {
  if (rowCount === 0) throw new TableError('no-rows', 'The table has no rows: only column names were found.');
  if (rowCount > maxRows)
    throw new TableError('too-many-rows', `${rowCount} rows are more than MAX_ROWS=${maxRows} allows.`);
}
