import type { Dataset, DatasetColumn, Fault } from '../../api/types.ts';
import { KindBadge } from '../../parts/badges.tsx';
import { count, percent } from '../../parts/format.ts';
import { Table } from '../../parts/table.tsx';
import { type Draft, type Role, roleOf } from './draft.ts';
import { Faults } from './faults.tsx';

interface ColumnChoiceProps {
  readonly dataset: Dataset;
  readonly draft: Draft;
  readonly faults: readonly Fault[];
  readonly onChange: (roles: Draft['roles']) => void;
}

/** Which columns are modelled, and which are given: each is one of both, or neither. */
export function ColumnChoice({ dataset, draft, faults, onChange }: ColumnChoiceProps) {
  const box = (column: DatasetColumn, role: Role, label: string) => (
    <input
      type="checkbox"
      aria-label={`${label} ${column.name}`}
      checked={roleOf(column, draft) === role}
      disabled={column.ignored}
      onChange={({ currentTarget }) =>
        onChange({ ...draft.roles, [column.name]: currentTarget.checked ? role : 'out' })
      }
    />
  );
  return (
    <div class="columns-field">
      <div class="column-choice">
        <Table
          caption="Columns"
          rows={dataset.columns}
          keyOf={({ name }) => name}
          columns={[
            { name: 'Column', cell: ({ name }) => <span class="column-choice-name">{name}</span> },
            { name: 'Model', cell: (column) => box(column, 'model', 'Model') },
            { name: 'Given', cell: (column) => box(column, 'given', 'Given') },
            { name: 'Kind', cell: (column) => <KindBadge column={column} /> },
            { name: 'Missing', isAtEnd: true, cell: (column) => <MissingCells column={column} dataset={dataset} /> },
          ]}
        />
      </div>
      <Faults id="columns-faults" faults={faults} />
    </div>
  );
}

function MissingCells({
  column: { missingCount },
  dataset: { rowCount },
}: {
  column: DatasetColumn;
  dataset: Dataset;
}) {
  if (missingCount === 0) return <span class="muted">none</span>;
  return (
    <>
      {count(missingCount)} <span class="muted">({percent(missingCount / rowCount)})</span>
    </>
  );
}
