import { Answered } from '../../../parts/answered.tsx';
import { useDataset } from '../../../state/use-dataset.ts';
import { useQuery } from '../../../state/use-query.ts';
import { fieldsOf } from '../../../tables/fields.ts';
import { contextIn, readGiven, writeGiven } from '../rows/given.ts';
import type { ModelSectionProps } from '../sections.ts';
import { DensityGiven } from './density-given.tsx';
import { JointMap } from './joint-map.tsx';
import { Marginals } from './marginals.tsx';
import '../../../styles/density.css';

/** A model's density to look at: of two columns together, and of each by itself. */
export function Density({ model }: ModelSectionProps) {
  const [query, change] = useQuery();
  return (
    <Answered of={useDataset(model)} what="The dataset">
      {({ dataset }) => {
        const fields = fieldsOf(model, dataset?.columns ?? []);
        const given = { ...readGiven(query.given), ...contextIn(query.given, fields) };
        const givenFields = (
          <DensityGiven fields={fields} given={given} onChange={(next) => change({ given: writeGiven(next) })} />
        );
        return (
          <>
            {model.columns.length > 1 && (
              <JointMap model={model} dataset={dataset} given={given} fields={givenFields} />
            )}
            <Marginals
              model={model}
              dataset={dataset}
              given={given}
              fields={model.columns.length > 1 ? undefined : givenFields}
            />
          </>
        );
      }}
    </Answered>
  );
}
