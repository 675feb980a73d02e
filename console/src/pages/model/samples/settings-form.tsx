import type { Cell } from '../../../api/cell.ts';
import type { SampleRequest } from '../../../api/rows.ts';
import { type Dataset, isNumeric } from '../../../api/types.ts';
import { mostSamples } from './settings.ts';

interface SettingsFormProps {
  readonly request: SampleRequest;
  readonly dataset: Dataset | undefined;
  /** What the address shall say. */
  readonly onChange: (said: Readonly<Record<string, string>>) => void;
}

/** How many samples, by which seed, how far from the centre, and given what. */
export function SettingsForm({ request, dataset, onChange }: SettingsFormProps) {
  const names = Object.keys(request.context);
  const submit = (form: FormData) => {
    const text = (field: string) => String(form.get(field) ?? '');
    const context = Object.fromEntries(names.map((name) => [name, cellOf(text(`given ${name}`), name, dataset)]));
    onChange({
      ...{ n: text('n'), seed: text('seed'), temperature: text('temperature') },
      ...(names.length > 0 && { context: JSON.stringify(context) }),
    });
  };
  return (
    <form
      class="sample-settings"
      onSubmit={(event) => {
        event.preventDefault();
        submit(new FormData(event.currentTarget));
      }}
    >
      <NumberField name="n" label="Samples" value={request.n} min={1} max={mostSamples} step={1} />
      <NumberField name="seed" label="Seed" value={request.seed} min={0} max={2 ** 32 - 1} step={1} />
      <NumberField name="temperature" label="Temperature" value={request.temperature} min={0} max={10} step="any" />
      {Object.entries(request.context).map(([name, value]) => (
        <ContextField key={name} name={name} value={value} dataset={dataset} />
      ))}
      <button type="submit" class="button">
        Draw
      </button>
    </form>
  );
}

interface NumberFieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number | 'any';
}

const NumberField = ({ label, ...input }: NumberFieldProps) => (
  <label class="field">
    <span class="field-name">{label}</span>
    <input type="number" required {...input} />
  </label>
);

interface ContextFieldProps {
  readonly name: string;
  readonly value: Cell;
  readonly dataset: Dataset | undefined;
}

/** A value that the samples are drawn given: one of the categories, or a number; empty where it is missing. */
function ContextField({ name, value, dataset }: ContextFieldProps) {
  const categories = categoriesOf(name, dataset);
  const field = `given ${name}`;
  if (categories.length === 0)
    return (
      <label class="field">
        <span class="field-name">Given {name}</span>
        <input name={field} value={value === null ? '' : String(value)} />
      </label>
    );
  return (
    <label class="field">
      <span class="field-name">Given {name}</span>
      <select name={field}>
        {categories.map((category) => (
          <option key={String(category)} value={String(category)} selected={category === value}>
            {String(category)}
          </option>
        ))}
      </select>
    </label>
  );
}

function categoriesOf(name: string, dataset: Dataset | undefined): Cell[] {
  const summary = dataset?.columns.find((column) => column.name === name)?.summary;
  return summary && !isNumeric(summary) ? summary.categories.map(({ value }) => value) : [];
}

/** What was entered, as the column has it. */
function cellOf(text: string, name: string, dataset: Dataset | undefined): Cell {
  if (text === '') return null;
  const category = categoriesOf(name, dataset).find((value) => String(value) === text);
  if (category !== undefined) return category;
  return Number.isFinite(Number(text)) ? Number(text) : text;
}
