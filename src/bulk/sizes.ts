import { sampleBlockRows } from '../serving/blocks.ts';
import { rowsPerPart } from '../table/raw-parts.ts';

/** Rows in a part at most: some tenths of a second of work, which is what a killed process loses. */
const mostRows = 2 ** 16;

/** Rows of so many columns that are drawn in one part, whole blocks. */
export function sampledPartRows(columns: number): number {
  return Math.max(1, Math.floor(Math.min(mostRows, rowsPerPart(columns)) / sampleBlockRows)) * sampleBlockRows;
}

/** Rows that are scored in one part, at most. */
export const scoredPartRows = mostRows;
