import { type Cell, textOf } from '../../../tables/cells.ts';
import type { Scores } from './alarms.ts';

/** Rows as CSV, in this order: which row of the table, how unusual, and its cells. */
export async function flaggedCsv(
  { rows, pValues, logProbs }: Scores & { readonly rows: readonly (readonly Cell[])[] },
  columns: readonly string[],
  flagged: Uint32Array,
): Promise<string> {
  const { default: Papa } = await import('papaparse');
  const line = (row: number) => [
    row + 1,
    pValues[row],
    // Empty where the density is zero, as the service has it.
    Number.isFinite(logProbs[row]) ? logProbs[row] : '',
    ...rows[row].map(textOf),
  ];
  return `${Papa.unparse([['row', 'pValue', 'logProb', ...columns], ...Array.from(flagged, line)], { newline: '\n' })}\n`;
}
