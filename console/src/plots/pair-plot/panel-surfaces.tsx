import { useRef } from 'preact/hooks';
import { correlationText } from './correlations.tsx';
import { type Change, gestures } from './gestures.ts';
import type { Hovered } from './hovered.tsx';
import type { Layout, Panel } from './layout.ts';
import { nearest } from './nearest.ts';
import type { PairTable } from './table.ts';
import type { View } from './view.ts';

interface PanelSurfacesProps {
  readonly table: PairTable;
  readonly layout: Layout;
  readonly view: View;
  readonly shown: readonly boolean[];
  readonly correlations: readonly (readonly (number | undefined)[])[];
  readonly change: Change;
  readonly reset: () => void;
  readonly setHovered: (hovered: Hovered | undefined) => void;
}

/** Over each panel what can be moved, zoomed, pointed at and reached by Tab. */
export function PanelSurfaces({ layout: { panels }, correlations, ...rest }: PanelSurfacesProps) {
  return (
    <>
      {panels.map((panel, index) => (
        <PanelSurface
          key={`${panel.up} ${panel.across}`}
          panel={panel}
          label={labelOf(rest.table, panel, correlations[index])}
          {...rest}
        />
      ))}
    </>
  );
}

type PanelSurfaceProps = Omit<PanelSurfacesProps, 'layout' | 'correlations'> & {
  readonly panel: Panel;
  readonly label: string;
};

function PanelSurface({ table, panel, label, view, shown, change, reset, setHovered }: PanelSurfaceProps) {
  const held = useRef(new Map<number, { x: number; y: number }>());
  const { x, y, width, height } = panel;
  const point = (place: { x: number; y: number } | undefined) => {
    const found = place && nearest(table, panel, view, [place.x * width, (1 - place.y) * height], shown);
    setHovered(found === undefined ? undefined : { panel, point: found });
  };
  return (
    <div
      class="pair-panel"
      role="img"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys move and zoom it
      tabIndex={0}
      aria-label={label}
      aria-keyshortcuts="ArrowLeft ArrowRight ArrowUp ArrowDown + - 0"
      style={{ left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` }}
      {...gestures(panel, held.current, { change, reset, point })}
    />
  );
}

/** What there is to be seen in a panel. */
function labelOf({ columns, series }: PairTable, { across, up }: Panel, correlations: readonly (number | undefined)[]) {
  const found = correlations.flatMap((value, index) =>
    value === undefined ? [] : [`${series.length > 1 ? `of ${series[index].name} ` : ''}${correlationText(value)}`],
  );
  return `${columns[up].name} against ${columns[across].name}${found.length > 0 ? `, correlation ${found.join(', ')}` : ''}`;
}
