import { Answered } from '../../../parts/answered.tsx';
import { Section } from '../../../parts/page.tsx';
import { useAnswer } from '../../../state/use-answer.ts';
import { useQuery } from '../../../state/use-query.ts';
import type { ModelSectionProps } from '../sections.ts';
import { readGiven, writeGiven } from './given.ts';
import { contextOf, GivenFields } from './given-fields.tsx';
import { JointMap } from './joint-map.tsx';
import { Marginals } from './marginals.tsx';
import { readTable } from './table.ts';
import '../../../styles/density.css';

/** A model's density to look at: of two columns together, and of each by itself. */
export function Density({ model }: ModelSectionProps) {
  const table = useAnswer(() => readTable(model.datasetId), [model.datasetId]);
  const [query, change] = useQuery();
  return (
    <Answered of={table} what="The table">
      {({ dataset }) => {
        const given = { ...contextOf(model, dataset), ...readGiven(query.given) };
        const missing = model.context.filter((name) => !(name in given));
        const hasOthers = model.context.length > 0 || model.columns.length > 2;
        const fields = hasOthers && (
          <GivenFields
            model={model}
            dataset={dataset}
            given={given}
            onChange={(next) => change({ given: writeGiven(next) })}
          />
        );
        if (missing.length > 0)
          return (
            <Section title="Density" lead={`What are the context columns to be? Not said yet: ${missing.join(', ')}.`}>
              {fields}
            </Section>
          );
        return (
          <>
            {model.columns.length > 1 && <JointMap model={model} dataset={dataset} given={given} fields={fields} />}
            <Marginals model={model} dataset={dataset} given={given} />
          </>
        );
      }}
    </Answered>
  );
}
