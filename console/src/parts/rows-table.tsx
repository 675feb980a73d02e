import { number } from './format.ts';
import { Table } from './table.tsx';

/** A cell of a table; null where it is missing. */
type Cell = number | string | boolean | null;

interface RowsTableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Rows of a dataset, as they are. */
export function RowsTable({ caption, columns, rows }: RowsTableProps) {
  return (
    <Table
      caption={caption}
      rows={rows}
      keyOf={(_row, index) => index}
      columns={columns.map((name, column) => ({
        name,
        isAtEnd: rows.some((row) => typeof row[column] === 'number'),
        cell: (row: readonly Cell[]) => <CellText value={row[column]} />,
      }))}
    />
  );
}

function CellText({ value }: { value: Cell | undefined }) {
  if (value === null || value === undefined) return <span class="missing">missing</span>;
  return <>{typeof value === 'number' ? number(value) : String(value)}</>;
}
