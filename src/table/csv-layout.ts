import { generatedNames } from './columns.ts';
import type { Encoding } from './encoding.ts';
import { TableError } from './errors.ts';
import { csvCells } from './read-csv.ts';

export const delimiters = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof delimiters)[number];

/** How a CSV is to be read; what is left out is found out. */
export interface CsvOptions {
  readonly delimiter?: Delimiter | undefined;
  /** Whether the first line holds the names of the columns: it does, unless this says no. */
  readonly header?: boolean | undefined;
  /** Else UTF-8, or what a byte order mark says, or Latin-1 where it is neither. */
  readonly encoding?: Encoding | undefined;
}

/** How a CSV is read, what was found out included. */
export type CsvFormat = { readonly [Name in keyof CsvOptions]-?: NonNullable<CsvOptions[Name]> };

/** What the columns of a CSV are called, and what stands between their cells. */
export interface CsvLayout {
  readonly names: readonly string[];
  readonly delimiter: Delimiter;
  readonly header: boolean;
}

/** The layout that the first line of a CSV shows. Throws TableError when a quote is left open in it. */
export function layoutOf(
  firstLine: string,
  { delimiter = delimiterOf(firstLine), header = true }: CsvOptions,
): CsvLayout {
  if (firstLine.split('"').length % 2 === 0)
    throw new TableError('not-csv', 'Line 1 is not valid CSV: a quoted value is not closed in it.');
  const cells = csvCells(firstLine, delimiter).map((cell) => cell.trim());
  return { names: header ? cells : generatedNames(cells.length), delimiter, header };
}

/** The delimiter that the line, its quoted names aside, holds most of. */
function delimiterOf(line: string): Delimiter {
  const unquoted = line.replaceAll(/"[^"]*"/g, '');
  const count = (delimiter: string) => unquoted.split(delimiter).length;
  const better = (best: Delimiter, candidate: Delimiter) => (count(candidate) > count(best) ? candidate : best);
  return delimiters.reduce(better, ',');
}
