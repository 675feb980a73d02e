import { type DatasetColumn, isNumeric } from '../../api/types.ts';

/** Whether there is something to be seen of a column: not of one value alone, and not of texts that are all different. */
export function isPlottable({ summary, ignored, reason }: DatasetColumn): boolean {
  if (isNumeric(summary)) return summary.min !== null && summary.min !== summary.max;
  return reason === 'dates' || (summary.categories.length > 1 && !ignored);
}

/** Columns whose numbers stand for categories, by name. */
export const categoricalNames = (columns: readonly DatasetColumn[]): ReadonlySet<string> =>
  new Set(columns.filter(({ kind, reason }) => kind === 'categorical' && reason !== 'dates').map(({ name }) => name));

/** The names of the plottable columns, numbers first: they say most when they stand against each other. */
export function plottableNames(columns: readonly DatasetColumn[]): string[] {
  const plottable = columns.filter(isPlottable);
  const isNumber = ({ kind }: DatasetColumn) => kind === 'continuous' || kind === 'integer';
  return [...plottable.filter(isNumber), ...plottable.filter((column) => !isNumber(column))].map(({ name }) => name);
}
