import { date, number } from '../../parts/format.ts';
import type { PairColumn } from './column.ts';
import type { Panel } from './layout.ts';
import type { PairTable } from './table.ts';
import type { View } from './view.ts';

export interface Hovered {
  readonly panel: Panel;
  readonly point: number;
}

interface HoveredPointProps {
  readonly table: PairTable;
  readonly view: View;
  readonly hovered: Hovered;
}

/** The values of the point that is pointed at, beside it. */
export function HoveredPoint({ table, view, hovered: { panel, point } }: HoveredPointProps) {
  const [left, right] = view[panel.across];
  const [bottom, top] = view[panel.up];
  const x = panel.x + (panel.width * (table.positions[panel.across][point] - left)) / (right - left);
  const y = panel.y + (panel.height * (top - table.positions[panel.up][point])) / (top - bottom);
  const series = table.seriesOf[point];
  return (
    <>
      <div class="pair-mark" style={{ left: `${x}px`, top: `${y}px` }} />
      <dl class="pair-values" style={{ left: `${x}px`, top: `${y}px` }}>
        {table.series.length > 1 && <p class={`pair-series-${series + 1}`}>{table.series[series].name}</p>}
        {table.columns.map((column, index) => (
          <div key={column.name}>
            <dt>{column.name}</dt>
            <dd>{valueText(column, table.values[index][point])}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

export function valueText({ kind, categories }: PairColumn, value: number): string {
  if (Number.isNaN(value)) return 'missing';
  if (kind === 'category') return categories[Math.floor(value)] ?? '';
  return kind === 'date' ? date(new Date(value).toISOString()) : number(value);
}
