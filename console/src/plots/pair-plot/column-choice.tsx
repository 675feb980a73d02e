import { Select } from '../../parts/select.tsx';

/** More columns than these have panels too small to see something in. */
const mostChosen = 5;
const chosenAtFirst = 4;

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

/** The columns that an address names; where it names fewer than two, the first ones. Of names the commas are escaped. */
export function chosenColumns(said: string | undefined, columns: readonly string[]): readonly string[] {
  const named = (said ?? '').split(',').map(decoded);
  const known = [...new Set(named)].filter((name) => columns.includes(name)).slice(0, mostChosen);
  return known.length >= 2 ? known : columns.slice(0, chosenAtFirst);
}

export const saidColumns = (chosen: readonly string[]) => chosen.map(encodeURIComponent).join(',');

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
