import type { Field } from '../../../tables/fields.ts';
import { FieldInput } from '../rows/field-input.tsx';
import type { SampleRequest } from './sample-request.ts';

interface SampleFormProps {
  readonly context: readonly Field[];
  readonly request: SampleRequest;
  readonly onChange: (changes: Partial<SampleRequest>) => void;
}

/** How many rows, which, and given what. */
export function SampleForm({ context, request, onChange }: SampleFormProps) {
  const { n, seed, temperature, given } = request;
  return (
    <form class="control-row" onSubmit={(event) => event.preventDefault()}>
      <NumberField
        label="Rows"
        value={n}
        min={1}
        max={10_000_000}
        step={1}
        onChange={(value) => onChange({ n: value })}
      />
      <NumberField
        label="Seed"
        value={seed}
        min={0}
        max={2 ** 32 - 1}
        step={1}
        onChange={(value) => onChange({ seed: value })}
      />
      <NumberField
        label="Temperature"
        note="below 1: more typical, above 1: rarer"
        value={temperature}
        min={0}
        max={10}
        step={0.1}
        onChange={(value) => onChange({ temperature: value })}
      />
      {context.map((field) => (
        <div key={field.name} class="field">
          <span class="field-name" aria-hidden="true">
            Given {field.name}
          </span>
          <FieldInput
            field={field}
            value={given[field.name] ?? null}
            label={`Given ${field.name}`}
            onChange={(value) => onChange({ given: { ...given, [field.name]: value } })}
          />
        </div>
      ))}
    </form>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly note?: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}

/** A number counts once it is one within its bounds. */
function NumberField({ label, note, value, min, max, step, onChange }: NumberFieldProps) {
  return (
    <label class="field">
      <span class="field-name">{label}</span>
      <input
        type="number"
        {...{ min, max, step, value }}
        required
        onInput={({ currentTarget }) => {
          if (currentTarget.checkValidity()) onChange(currentTarget.valueAsNumber);
        }}
      />
      {note && <span class="field-note">{note}</span>}
    </label>
  );
}
