import { useMemo } from 'preact/hooks';
import { correlationsOf } from './correlation.ts';
import type { Layout } from './layout.ts';
import type { PairTable } from './table.ts';

const lineHeight = 22;

interface CorrelationsProps {
  readonly table: PairTable;
  readonly layout: Layout;
  readonly correlations: readonly (readonly (number | undefined)[])[];
}

/** The correlations of all panels' columns, in the order of the panels. */
export const useCorrelations = (table: PairTable, { panels }: Layout) =>
  useMemo(() => panels.map(({ across, up }) => correlationsOf(table, across, up)), [table, panels.length]);

/** Above the diagonal: the correlation of what the panel across the diagonal shows, in each series. */
export function Correlations({ table, layout, correlations }: CorrelationsProps) {
  return (
    <>
      {layout.panels.map(({ across, up }, panel) => {
        const { x, y, width, height } = layout.box(across, up);
        const there = correlations[panel].flatMap((value, series) => (value === undefined ? [] : [{ value, series }]));
        const top = y + height / 2 - ((there.length - 1) * lineHeight) / 2 + 6;
        return there.map(({ value, series }, line) => (
          <g
            key={`${across} ${up} ${series}`}
            class={`pair-series-${series + 1}`}
            transform={`translate(${x + width / 2} ${top + line * lineHeight})`}
          >
            {table.series.length > 1 && <circle class="pair-dot" cx={-40} cy={-5} r={4} />}
            <text class="pair-correlation" text-anchor="middle">
              {correlationText(value)}
            </text>
          </g>
        ));
      })}
    </>
  );
}

/** To two digits; what is nearly zero has no sign. */
export const correlationText = (value: number) =>
  value
    .toFixed(2)
    .replace(/^-(0\.00)$/, '$1')
    .replace('-', '−');
