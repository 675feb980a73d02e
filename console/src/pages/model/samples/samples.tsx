import { Answered } from '../../../parts/answered.tsx';
import { useDataset } from '../../../state/use-dataset.ts';
import type { ModelSectionProps } from '../sections.ts';
import { SamplesOverData } from './samples-over-data.tsx';

/** Rows that the model draws, over those that it has learned from, where they are still there. */
export function Samples({ model }: ModelSectionProps) {
  return (
    <Answered of={useDataset(model)} what="The dataset">
      {({ dataset }) => <SamplesOverData model={model} dataset={dataset} />}
    </Answered>
  );
}
