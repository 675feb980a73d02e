import { type Dataset, type DatasetColumn, isNumeric, type Model } from '../../../api/types.ts';

/** The names of the modelled columns that hold numbers, as the dataset tells; all of them once that is deleted. */
export function numbersOf({ columns }: Model, dataset: Dataset | undefined): readonly string[] {
  if (!dataset) return columns;
  return columns.filter((name) => dataset.columns.some((column) => column.name === name && varies(column)));
}

const varies = ({ summary }: DatasetColumn) => isNumeric(summary) && summary.min !== summary.max;
