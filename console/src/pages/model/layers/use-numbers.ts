import { answer, api } from '../../../api/client.ts';
import { type DatasetColumn, isNumeric, type Model } from '../../../api/types.ts';
import { useAnswer } from '../../../state/use-answer.ts';

/**
 * The names of the modelled columns that hold numbers, as the dataset tells; all of them once that is deleted. Undefined until it is
 * known.
 */
export function useNumbers({ datasetId, columns }: Model): readonly string[] | undefined {
  const { body, error } = useAnswer(
    async () =>
      datasetId === null ? null : answer(api.GET('/v1/datasets/{id}', { params: { path: { id: datasetId } } })),
    [datasetId],
  );
  if (error || body === null) return columns;
  return body && columns.filter((name) => body.columns.some((column) => column.name === name && varies(column)));
}

const varies = ({ summary }: DatasetColumn) => isNumeric(summary) && summary.min !== summary.max;
