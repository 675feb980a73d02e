import type { Limits } from '../config.ts';
import { shown, TableError } from './errors.ts';

const hasControlCharacter = /\p{Cc}/u;

/** Throws TableError where a table's column names are too many, empty or not distinct. */
export function checkColumnNames(names: readonly string[], { maxColumns }: Pick<Limits, 'maxColumns'>): void {
  if (names.length > maxColumns)
    throw new TableError('too-many-columns', `${names.length} columns are more than MAX_COLUMNS=${maxColumns} allows.`);
  if (names.length === 0) throw new TableError('no-numeric-columns', 'The rows are empty: the table has no columns.');
  const seen = new Map<string, number>();
  names.forEach((name, index) => {
    if (!name.isWellFormed() || hasControlCharacter.test(name))
      throw new TableError(
        'column-names',
        `The name of column ${index + 1}, ${shown(name)}, holds a control character.`,
      );
    if (name === '') throw new TableError('column-names', `Column ${index + 1} has no name.`);
    // Parquet readers, DuckDB among them, tell names apart without regard to case.
    const earlier = seen.get(name.toLowerCase());
    if (earlier !== undefined)
      throw new TableError(
        'column-names',
        `Columns ${earlier + 1} and ${index + 1} are both called ${shown(name)}${names[earlier] === name ? '' : ' but for case'}.`,
      );
    seen.set(name.toLowerCase(), index);
  });
}

/** Names for the columns of a table that has none. */
export function generatedNames(count: number): string[] {
  return Array.from({ length: count }, (_, column) => `column${column + 1}`);
}
