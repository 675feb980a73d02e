import { answer, api } from '../api/client.ts';
import { toApiError } from '../api/problem.ts';
import type { Dataset, Model } from '../api/types.ts';
import { useAnswer } from './use-answer.ts';

/** The dataset that a model was trained on; undefined where it was deleted. */
export interface Stored {
  readonly dataset: Dataset | undefined;
}

export const useDataset = ({ datasetId }: Model) => useAnswer(() => readStored(datasetId), [datasetId]);

/** Throws ApiError. */
export async function readStored(id: string | null): Promise<Stored> {
  if (id === null) return { dataset: undefined };
  try {
    return { dataset: await answer(api.GET('/v1/datasets/{id}', { params: { path: { id } } })) };
  } catch (error) {
    // It went while this was looked at.
    if (toApiError(error).status === 404) return { dataset: undefined };
    throw error;
  }
}
