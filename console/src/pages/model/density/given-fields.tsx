import { type Dataset, type DatasetColumn, isNumeric, type Model } from '../../../api/types.ts';
import { number } from '../../../parts/format.ts';
import { Select } from '../../../parts/select.tsx';
import { type Given, typedValue } from './given.ts';

interface GivenFieldsProps {
  readonly model: Model;
  readonly dataset: Dataset | undefined;
  readonly given: Given;
  readonly onChange: (given: Given) => void;
}

/** What the columns are to be that a density is given: all of the context, and any others. */
export function GivenFields({ model, dataset, given, onChange }: GivenFieldsProps) {
  const columnOf = (name: string) => dataset?.columns.find((column) => column.name === name);
  const change = (name: string, value: Given[string] | undefined) => {
    const { [name]: _before, ...others } = given;
    onChange(value === undefined ? others : { ...others, [name]: value });
  };
  const fieldsOf = (names: readonly string[], isNeeded: boolean) => (
    <div class="given-fields">
      {names.map((name) => (
        <GivenField
          key={name}
          name={name}
          column={columnOf(name)}
          value={given[name]}
          isNeeded={isNeeded}
          onChange={(value) => change(name, value)}
        />
      ))}
    </div>
  );
  const fixed = model.columns.filter((name) => name in given);
  return (
    <>
      {model.context.length > 0 && (
        <fieldset class="given">
          <legend>Given</legend>
          {fieldsOf(model.context, true)}
        </fieldset>
      )}
      {model.columns.length > 1 && (
        <details class="fold" open={fixed.length > 0}>
          <summary>Fix other columns{fixed.length > 0 && `: ${fixed.join(', ')}`}</summary>
          <p class="muted">
            The density is then the conditional one, given these values. A column that is an axis is not fixed.
          </p>
          {fieldsOf(model.columns, false)}
        </details>
      )}
    </>
  );
}

interface GivenFieldProps {
  readonly name: string;
  readonly column: DatasetColumn | undefined;
  readonly value: Given[string] | undefined;
  readonly isNeeded: boolean;
  readonly onChange: (value: Given[string] | undefined) => void;
}

function GivenField({ name, column, value, isNeeded, onChange }: GivenFieldProps) {
  const summary = column?.summary;
  if (summary && !isNumeric(summary) && summary.categories.length > 0) {
    const values = summary.categories.map((category) => category.value);
    const chosen = values.findIndex((each) => Object.is(each, value));
    return (
      <Select
        label={name}
        value={String(chosen)}
        options={[
          ...(isNeeded ? [] : [{ value: '-1', name: 'any' }]),
          ...values.map((each, index) => ({ value: String(index), name: String(each) })),
        ]}
        onChange={(index) => onChange(values[Number(index)])}
      />
    );
  }
  const isNumber = summary !== undefined && isNumeric(summary);
  return (
    <label class="field">
      <span class="field-name">{name}</span>
      <input
        inputMode={isNumber ? 'decimal' : 'text'}
        value={value === undefined || value === null ? '' : String(value)}
        placeholder={isNumber && !isNeeded ? `any, as ${number(summary.quantiles['0.5'])}` : isNeeded ? '' : 'any'}
        onChange={({ currentTarget: { value: text } }) => onChange(text === '' ? undefined : typedValue(text))}
      />
    </label>
  );
}

/** What the context is where nothing is said: medians, and the most frequent categories. */
export function contextOf({ context }: Model, dataset: Dataset | undefined): Given {
  const usual: Record<string, Given[string]> = {};
  for (const { name, kind, summary } of dataset?.columns ?? []) {
    const median = isNumeric(summary) ? summary.quantiles['0.5'] : Number.NaN;
    const value = isNumeric(summary)
      ? kind === 'integer'
        ? Math.round(median)
        : median
      : summary.categories[0]?.value;
    if (context.includes(name) && value !== undefined) usual[name] = value;
  }
  return usual;
}
