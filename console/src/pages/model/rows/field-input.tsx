import { useState } from 'preact/hooks';
import { type Cell, cellOf, textOf } from '../../../tables/cells.ts';
import { type Field, onGrid } from '../../../tables/fields.ts';

interface FieldInputProps {
  readonly field: Field;
  readonly value: Cell;
  readonly label: string;
  readonly isBad?: boolean;
  /** The element that says what is wrong with it. */
  readonly describedBy?: string | undefined;
  readonly onChange: (value: Cell) => void;
}

/** A value of a column, entered as its kind has it. */
export function FieldInput(props: FieldInputProps) {
  return props.field.kind === 'category' ? <CategoryInput {...props} /> : <TextInput {...props} />;
}

/** Of text, so that what is wrong can be entered and the service says why; the arrow keys move a number by a step. */
function TextInput({ field, value, label, isBad = false, describedBy, onChange }: FieldInputProps) {
  // "1." and "-" are on the way to a number, and stand as they are until the field is left.
  const [draft, setDraft] = useState<string>();
  const move = (steps: number) => {
    const from = typeof value === 'number' ? value : 0;
    setDraft(undefined);
    onChange(onGrid(from + steps * field.step, field.step / 10));
  };
  return (
    <input
      class="cell-input"
      type="text"
      inputMode={field.kind === 'number' ? 'decimal' : 'text'}
      aria-label={label}
      aria-invalid={isBad}
      aria-describedby={describedBy}
      placeholder="missing"
      value={draft ?? textOf(value)}
      onInput={({ currentTarget }) => {
        setDraft(currentTarget.value);
        onChange(cellOf(currentTarget.value));
      }}
      onBlur={() => setDraft(undefined)}
      onKeyDown={(event) => {
        const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (direction === undefined || field.kind !== 'number') return;
        event.preventDefault();
        move(direction * (event.shiftKey ? 10 : 1));
      }}
    />
  );
}

function CategoryInput({ field: { categories }, value, label, isBad = false, describedBy, onChange }: FieldInputProps) {
  const isKnown = categories.includes(value);
  // One that the model does not know can be shown, and has to be a choice for that.
  const choices = [null, ...categories, ...(value === null || isKnown ? [] : [value])];
  return (
    <select
      class="cell-input"
      aria-label={label}
      aria-invalid={isBad}
      aria-describedby={describedBy}
      onChange={({ currentTarget }) => onChange(choices[currentTarget.selectedIndex] ?? null)}
    >
      {choices.map((choice) => (
        <option key={String(choice)} selected={choice === value}>
          {choice === null ? 'missing' : String(choice)}
        </option>
      ))}
    </select>
  );
}
