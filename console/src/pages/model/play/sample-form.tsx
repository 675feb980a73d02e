import type { SampleRequest } from '../../../api/rows.ts';
import { NumberField } from '../../../parts/number-field.tsx';
import type { Field } from '../../../tables/fields.ts';
import { ContextFields } from '../rows/given-fields.tsx';
import { seeds, temperatures } from '../rows/sample-request.ts';

interface SampleFormProps {
  readonly fields: readonly Field[];
  readonly request: SampleRequest;
  readonly most: number;
  readonly onChange: (changes: Partial<SampleRequest>) => void;
}

/** How many rows, which, and given what. */
export function SampleForm({ fields, request, most, onChange }: SampleFormProps) {
  const { n, seed, temperature, context } = request;
  return (
    <form class="stack" onSubmit={(event) => event.preventDefault()}>
      <div class="control-row">
        <NumberField
          label="Samples"
          value={n}
          min={1}
          max={most}
          step={1}
          onChange={(value) => onChange({ n: value })}
        />
        <NumberField label="Seed" value={seed} {...seeds} onChange={(value) => onChange({ seed: value })} />
        <NumberField
          label="Temperature"
          note="below 1: more typical, above 1: rarer"
          value={temperature}
          {...temperatures}
          onChange={(value) => onChange({ temperature: value })}
        />
      </div>
      <ContextFields fields={fields} given={context} onChange={(given) => onChange({ context: given })} />
    </form>
  );
}
