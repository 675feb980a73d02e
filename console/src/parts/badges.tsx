import type { DatasetColumn, ModelStatus, Sweep } from '../api/types.ts';

export function StatusBadge({ status }: { status: ModelStatus | Sweep['status'] }) {
  return <span class={`badge badge-${status === 'running' ? 'training' : status}`}>{status}</span>;
}

export function KindBadge({ column: { kind, ignored } }: { column: DatasetColumn }) {
  return (
    <span class={`badge badge-kind ${ignored ? 'badge-ignored' : `badge-${kind}`}`}>{ignored ? 'ignored' : kind}</span>
  );
}
