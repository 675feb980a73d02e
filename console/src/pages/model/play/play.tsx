import { Answered } from '../../../parts/answered.tsx';
import { useFields } from '../rows/use-fields.ts';
import type { ModelSectionProps } from '../sections.ts';
import { RowEditor } from './row-editor.tsx';
import { Sampling } from './sampling.tsx';
import '../../../styles/scoring.css';
import '../../../styles/play.css';

/** Rows put to the model, and rows out of it. */
export function Play({ model }: ModelSectionProps) {
  const fields = useFields(model);
  return (
    <Answered of={fields} what="The columns of the model">
      {(known) => (
        <div class="stack">
          <RowEditor model={model} {...known} />
          <Sampling model={model} fields={known.fields} />
        </div>
      )}
    </Answered>
  );
}
