import { compactCount, count } from '../../parts/format.ts';
import { toValue } from './column.ts';
import { valueText } from './hovered.tsx';
import type { PairTable } from './table.ts';
import type { View } from './view.ts';

interface SaidProps {
  readonly table: PairTable;
  readonly rested: View;
  readonly mostPoints: number;
}

/** In words: what is left out, how it is used, and, for those who do not see it, what of it is seen. */
export function Said({ table, rested, mostPoints }: SaidProps) {
  return (
    <figcaption class="pair-said">
      <Missing table={table} />
      {table.count > mostPoints && (
        <p>
          Without WebGL {compactCount(mostPoints)} of the {count(table.count)} points are drawn, chosen at random.
        </p>
      )}
      <p>
        On the diagonal stands how each column lies, above it the correlations. Drag to move, scroll or pinch to zoom,
        double-click to see all again. By keys, on a panel: arrows, + and −, and 0.
      </p>
      <p class="visually-hidden" role="status">
        {seen(table, rested)}
      </p>
    </figcaption>
  );
}

function Missing({ table: { columns, series } }: { table: PairTable }) {
  const gaps = series.flatMap(({ name, missing }) => {
    const those = missing.flatMap((cells, column) => (cells > 0 ? [`${columns[column].name} ${count(cells)}`] : []));
    return those.length === 0 ? [] : [`${series.length > 1 ? `${name}: ` : ''}${those.join(', ')}`];
  });
  return gaps.length === 0 ? null : <p>Missing cells, which are left out: {gaps.join('; ')}.</p>;
}

function seen({ columns }: PairTable, view: View): string {
  const parts = columns.map((column, index) => {
    const [low, high] = view[index].map((position) => toValue(column, position));
    if (column.kind !== 'category')
      return `${column.name} from ${valueText(column, low)} to ${valueText(column, high)}`;
    const inside = column.categories.filter((_, place) => place + 0.5 >= low && place + 0.5 <= high);
    return `${column.name}: ${inside.join(', ')}`;
  });
  return `Seen: ${parts.join('; ')}`;
}
