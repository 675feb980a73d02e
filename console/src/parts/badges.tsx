import type { DatasetColumn, ModelStatus } from '../api/types.ts';

export function StatusBadge({ status }: { status: ModelStatus }) {
  return <span class={`badge badge-${status}`}>{status}</span>;
}

export function KindBadge({ column: { kind, ignored } }: { column: DatasetColumn }) {
  return (
    <span class={`badge badge-kind ${ignored ? 'badge-ignored' : `badge-${kind}`}`}>{ignored ? 'ignored' : kind}</span>
  );
}
