import { answer, api } from '../../../api/client.ts';
import { toApiError } from '../../../api/problem.ts';
import type { Dataset } from '../../../api/types.ts';
import { Answered } from '../../../parts/answered.tsx';
import { useAnswer } from '../../../state/use-answer.ts';
import type { ModelSectionProps } from '../sections.ts';
import { SamplesOverData } from './samples-over-data.tsx';

/** Rows that the model draws, over those that it has learned from, where they are still there. */
export function Samples({ model }: ModelSectionProps) {
  const { datasetId } = model;
  const dataset = useAnswer(async () => ({ found: await datasetOf(datasetId) }), [datasetId]);
  return (
    <Answered of={dataset} what="The dataset">
      {({ found }) => <SamplesOverData model={model} dataset={found} />}
    </Answered>
  );
}

/** Undefined where it was deleted. */
async function datasetOf(id: string | null | undefined): Promise<Dataset | undefined> {
  if (id == null) return undefined;
  try {
    return await answer(api.GET('/v1/datasets/{id}', { params: { path: { id } } }));
  } catch (error) {
    if (toApiError(error).status === 404) return undefined;
    throw error;
  }
}
