import { useState } from 'preact/hooks';
import type { InspectedColumn } from '../../../api/types.ts';
import { count, number, percent } from '../../../parts/format.ts';
import { Select } from '../../../parts/select.tsx';
import { type Choice, type Choices, inferredChoice } from './choices.ts';

/** Tables may have a thousand columns. */
const shownAtFirst = 24;

interface ColumnKindsProps {
  /** As they were found to be. */
  readonly columns: readonly InspectedColumn[];
  readonly rowCount: number;
  readonly choices: Choices;
  readonly choose: (name: string, choice: Choice) => void;
}

/** What each column would be, each with a way to say otherwise. */
export function ColumnKinds({ columns, rowCount, choices, choose }: ColumnKindsProps) {
  const [isWhole, setWhole] = useState(columns.length <= shownAtFirst);
  return (
    <>
      <ul class="intake-columns">
        {(isWhole ? columns : columns.slice(0, shownAtFirst)).map((column) => (
          <li key={column.name} class="intake-column">
            <Select
              label={column.name}
              value={choices.get(column.name) ?? inferredChoice(column)}
              options={optionsOf(column)}
              onChange={(choice) => choose(column.name, choice)}
            />
            <About column={column} choice={choices.get(column.name)} rowCount={rowCount} />
          </li>
        ))}
      </ul>
      {!isWhole && (
        <button type="button" class="button" onClick={() => setWhole(true)}>
          Show all {count(columns.length)} columns
        </button>
      )}
    </>
  );
}

interface AboutProps {
  readonly column: InspectedColumn;
  readonly choice: Choice | undefined;
  readonly rowCount: number;
}

function About({ column, choice, rowCount }: AboutProps) {
  const { reason, fault, missingCount, examples } = column;
  const inferred = inferredChoice(column);
  const isChanged = choice !== undefined && choice !== inferred;
  return (
    <div class="intake-about">
      {isChanged ? (
        <p>
          as you say; found to be {names[inferred]}
          {fault === undefined && `: ${reason}`}
        </p>
      ) : (
        <p class={fault === undefined ? undefined : 'intake-fault'}>{fault ?? reason}</p>
      )}
      {examples.length > 0 && <p class="intake-examples">such as {examples.map(shownExample).join(', ')}</p>}
      {missingCount > 0 && <p class="is-missing">{percent(missingCount / rowCount)} missing</p>}
    </div>
  );
}

const names: Readonly<Record<Choice, string>> = {
  continuous: 'continuous',
  integer: 'integer',
  boolean: 'boolean',
  categorical: 'categorical',
  ignored: 'left out',
};

function optionsOf(column: InspectedColumn) {
  const inferred = inferredChoice(column);
  const nameOf = (choice: Choice) => (choice === inferred ? `${names[choice]} (found)` : names[choice]);
  return [
    ...column.kinds.map(({ kind, refusal }) => ({
      value: kind,
      name: refusal === undefined ? nameOf(kind) : `${names[kind]}: ${refusal}`,
      isDisabled: refusal !== undefined,
    })),
    { value: 'ignored' as const, name: nameOf('ignored') },
  ];
}

function shownExample(value: InspectedColumn['examples'][number]): string {
  return typeof value === 'number' ? number(value) : String(value);
}
