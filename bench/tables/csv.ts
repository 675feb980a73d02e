import Papa from 'papaparse';
import type { Cell } from '../../src/table/cells.ts';

/** A header and rows; a missing cell is empty. */
export const csvOf = (columns: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  Papa.unparse({ fields: [...columns], data: rows.map((row) => [...row]) });
