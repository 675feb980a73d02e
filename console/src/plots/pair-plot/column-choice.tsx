import { Select } from '../../parts/select.tsx';
import { mostChosen } from './chosen-columns.ts';

interface ColumnChoiceProps {
  readonly columns: readonly string[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** Up to five columns: each can be taken away, and others added. */
export function ColumnChoice({ columns, chosen, onChange }: ColumnChoiceProps) {
  const others = columns.filter((column) => !chosen.includes(column));
  return (
    <div class="pair-choice">
      <ul aria-label="Columns shown">
        {chosen.map((column) => (
          <li key={column}>
            <span>{column}</span>
            <button
              type="button"
              aria-label={`Leave out ${column}`}
              disabled={chosen.length <= 2}
              onClick={() => onChange(chosen.filter((other) => other !== column))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      {others.length > 0 && chosen.length < mostChosen && (
        <Select
          label="Add a column"
          value=""
          options={[{ value: '', name: 'Choose' }, ...others.map((value) => ({ value, name: value }))]}
          onChange={(column) => column !== '' && onChange([...chosen, column])}
        />
      )}
    </div>
  );
}
