import { useEffect, useRef } from 'preact/hooks';
import type { Dataset } from '../../api/types.ts';
import { KindBadge } from '../../parts/badges.tsx';
import { plural } from '../../parts/format.ts';
import { Notice } from '../../parts/notice.tsx';

const columnsShown = 24;

interface StoredProps {
  readonly dataset: Dataset;
  /** Whether it takes the focus, which was on what has gone. */
  readonly takesFocus: boolean;
}

/** What was stored, and where to go from there. */
export function Stored({ dataset, takesFocus }: StoredProps) {
  const { id, name, rowCount, columns, warnings } = dataset;
  const onward = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (takesFocus) onward.current?.focus({ preventScroll: true });
  }, []);
  return (
    <Notice kind="good" title={`${name} is stored: ${plural(rowCount, 'row')}, ${plural(columns.length, 'column')}`}>
      <ul class="kinds">
        {columns.slice(0, columnsShown).map((column) => (
          <li key={column.name}>
            {column.name} <KindBadge column={column} />
          </li>
        ))}
        {columns.length > columnsShown && <li class="muted">and {columns.length - columnsShown} more</li>}
      </ul>
      {warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
      <p class="button-row">
        <a ref={onward} class="button small" href={`/datasets/${id}`}>
          See its profile
        </a>
        <a class="button small primary" href={`/models/new?dataset=${id}`}>
          New model of it
        </a>
      </p>
    </Notice>
  );
}
