import { number } from '../../../parts/format.ts';
import type { Field } from '../../../tables/fields.ts';
import { FieldInput } from './field-input.tsx';
import type { Given } from './given.ts';

interface GivenFieldsProps {
  readonly fields: readonly Field[];
  readonly given: Given;
  /** Whether a column may have no value of its own: it then has any. */
  readonly areOptional?: boolean;
  readonly onChange: (given: Given) => void;
}

/** What columns are to be. A value counts once its field is left, or Enter is pressed. */
export function GivenFields({ fields, given, areOptional = false, onChange }: GivenFieldsProps) {
  const change = (name: string, value: Given[string]) => {
    const { [name]: _before, ...others } = given;
    onChange(areOptional && value === null ? others : { ...others, [name]: value });
  };
  return (
    <div class="given-fields">
      {fields.map((field) => (
        <div key={field.name} class="field">
          <span class="field-name" aria-hidden="true">
            {field.name}
          </span>
          <FieldInput
            field={field}
            value={given[field.name] ?? null}
            label={`Given ${field.name}`}
            whenEmpty={areOptional ? anyOf(field) : 'missing'}
            isEager={false}
            onChange={(value) => change(field.name, value)}
          />
        </div>
      ))}
    </div>
  );
}

const anyOf = ({ usual }: Field) => (typeof usual === 'number' ? `any, as ${number(usual)}` : 'any');

/** The columns that condition a model; nothing where none do. */
export function ContextFields({ fields, ...rest }: Omit<GivenFieldsProps, 'areOptional'>) {
  const context = fields.filter(({ isContext }) => isContext);
  if (context.length === 0) return null;
  return (
    <fieldset class="given">
      <legend>Given</legend>
      <GivenFields fields={context} {...rest} />
    </fieldset>
  );
}
