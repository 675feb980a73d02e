import { useMemo } from 'preact/hooks';
import { densitiesOf, outline } from './histogram.ts';
import type { Box } from './layout.ts';
import type { PairTable } from './table.ts';
import { shortened } from './ticks.ts';
import type { Interval } from './view.ts';

/** Above the bins stands the column's name. */
const nameHeight = 24;
const letter = 8;

interface DiagonalProps {
  readonly table: PairTable;
  readonly column: number;
  readonly box: Box;
  /** What is seen now, and what was when it last rested: of that the bins are. */
  readonly interval: Interval;
  readonly rested: Interval;
  readonly shown: readonly boolean[];
}

/** How the values of one column lie, in each series by itself. */
export function Diagonal({ table, column, box: { x, y, width, height }, interval, rested, shown }: DiagonalProps) {
  const { edges, heights } = useMemo(() => densitiesOf(table, column, rested), [table, column, ...rested]);
  const { name } = table.columns[column];
  const scale = width / (interval[1] - interval[0]);
  const onto = `translate(${-interval[0] * scale} ${nameHeight}) scale(${scale} ${height - nameHeight})`;
  return (
    <>
      <svg x={x} y={y} width={width} height={height} aria-hidden="true">
        {heights.map(
          (of, series) =>
            shown[series] && (
              <path
                key={table.series[series].name}
                class={`pair-bins pair-series-${series + 1}`}
                transform={onto}
                d={outline(edges, of)}
              />
            ),
        )}
        <text class="pair-name" x={8} y={17}>
          {shortened(name, Math.floor((width - 8) / letter))}
        </text>
      </svg>
      <path class="pair-base" d={`M${x} ${y + height}h${width}`} />
    </>
  );
}
