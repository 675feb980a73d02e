import type { ColumnKind, ColumnOptions, InspectedColumn } from '../../../api/types.ts';

/** What a column is to be; one that is ignored is stored only, and left out of models. */
export type Choice = ColumnKind | 'ignored';

/** What was chosen for columns, by their names. */
export type Choices = ReadonlyMap<string, Choice>;

/** What a column is taken for where nothing is chosen. */
export function inferredChoice({ kind, ignored }: InspectedColumn): Choice {
  return ignored ? 'ignored' : kind;
}

/**
 * What to say of the columns, which were found to be `columns`: of those that are to be another thing, and of those in the way
 * of the table. What the file says of its own columns is said again with it, for it would count no longer.
 */
export function optionsOf(columns: readonly InspectedColumn[], choices: Choices): ColumnOptions[] {
  const changed = columns.flatMap((column) => changeOf(column, choices) ?? []);
  if (changed.length === 0) return [];
  const names = new Set(changed.map(({ name }) => name));
  const kept = columns.flatMap(({ name, asked }) => (typeof asked === 'object' && !names.has(name) ? [asked] : []));
  return [...changed, ...kept];
}

function changeOf(column: InspectedColumn, choices: Choices): ColumnOptions | undefined {
  const { name, lower, upper, fault } = column;
  const inferred = inferredChoice(column);
  const choice = choices.get(name) ?? inferred;
  if (choice === inferred && fault === undefined) return undefined;
  if (choice === 'ignored') return { name, ignore: true };
  const isNumber = choice === 'continuous' || choice === 'integer';
  const bounds = { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
  return { name, kind: choice, ...(isNumber && bounds) };
}
