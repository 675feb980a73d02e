import { useMemo, useRef } from 'preact/hooks';
import { useWidth } from '../../state/use-width.ts';
import { mostColumns } from './layout.ts';
import { Matrix } from './matrix.tsx';
import { type PairSeries, pairTable } from './table.ts';

interface PairPlotProps {
  /** What it is of, as in "penguins": its files are called so, too. */
  readonly name: string;
  readonly columns: readonly string[];
  /** One or two, with the same columns. */
  readonly series: readonly PairSeries[];
  /** Columns whose numbers stand for categories. */
  readonly categorical: ReadonlySet<string>;
}

/**
 * Every two of some columns against each other, each by itself on the diagonal, and their correlations above it. It can be moved
 * and zoomed; panels that share a column move together.
 */
export function PairPlot({ name, columns, series, categorical }: PairPlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const most = mostColumns(width);
  const table = useMemo(
    () => pairTable(columns.slice(0, most), series, categorical),
    [columns.join('\n'), most, series, categorical],
  );
  return (
    <div ref={place} class="pair-place">
      {width > 0 && <Matrix key={table.columns.map((column) => column.name).join('\n')} {...{ name, table, width }} />}
      {columns.length > most && (
        <p class="muted">
          The first {most} of {columns.length} columns: a wider window shows them all.
        </p>
      )}
    </div>
  );
}
