import { TableError } from './errors.ts';
import type { TableLimits } from './spooled.ts';

/** Throws TableError where a table is larger than the limits allow. */
export function checkCellCount(
  rowCount: number,
  columnCount: number,
  { maxCells }: Pick<TableLimits, 'maxCells'>,
): void {
  if (rowCount * columnCount > maxCells)
    throw new TableError(
      'too-many-cells',
      `${rowCount} rows of ${columnCount} columns are more cells than MAX_CELLS=${maxCells} allows.`,
    );
}

/** Throws TableError where a table has no rows, or more than the limits allow. */
export function checkRowCount(rowCount: number, { maxRows }: Pick<TableLimits, 'maxRows'>): void {
  if (rowCount === 0) throw new TableError('no-rows', 'The table has no rows: only column names were found.');
  if (rowCount > maxRows)
    throw new TableError('too-many-rows', `${rowCount} rows are more than MAX_ROWS=${maxRows} allows.`);
}
