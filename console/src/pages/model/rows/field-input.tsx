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
  /** What it is while nothing is entered. */
  readonly whenEmpty?: string;
  /** Whether it changes with each key, and not once it is left. */
  readonly isEager?: boolean;
  readonly onChange: (value: Cell) => void;
}

/** A value of a column, entered as its kind has it. */
export function FieldInput(props: FieldInputProps) {
  return props.field.kind === 'category' ? <CategoryInput {...props} /> : <TextInput {...props} />;
}

/** Of text, so that what is wrong can be entered and the service says why; the arrow keys move a number by a step. */
function TextInput({ field, value, label, isBad = false, describedBy, ...rest }: FieldInputProps) {
  const { whenEmpty = 'missing', isEager = true, onChange } = rest;
  // "1." and "-" are on the way to a number, and stand as they are until the field is left.
  const [draft, setDraft] = useState<string>();
  const move = (steps: number) => {
    const entered = draft === undefined ? value : cellOf(draft);
    const from = typeof entered === 'number' ? entered : 0;
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
      placeholder={whenEmpty}
      value={draft ?? textOf(value)}
      onInput={({ currentTarget }) => {
        setDraft(currentTarget.value);
        if (isEager) onChange(cellOf(currentTarget.value));
      }}
      onChange={({ currentTarget }) => {
        if (!isEager) onChange(cellOf(currentTarget.value));
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

function CategoryInput({ field: { categories }, value, label, isBad = false, describedBy, ...rest }: FieldInputProps) {
  const { whenEmpty = 'missing', onChange } = rest;
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
          {choice === null ? whenEmpty : String(choice)}
        </option>
      ))}
    </select>
  );
}
