import { useMemo, useRef, useState } from 'preact/hooks';
import { plural } from '../../parts/format.ts';
import { toPng } from '../png.ts';
import { Axes } from './axes.tsx';
import { useSeriesColours } from './colours.ts';
import { Correlations, useCorrelations } from './correlations.tsx';
import { Diagonal } from './diagonal.tsx';
import { type Hovered, HoveredPoint } from './hovered.tsx';
import { layoutOf } from './layout.ts';
import { pairSvg } from './pair-svg.ts';
import { PanelSurfaces } from './panel-surfaces.tsx';
import { Said } from './said.tsx';
import type { PairTable } from './table.ts';
import { Toolbar } from './toolbar.tsx';
import { useRested } from './use-rested.ts';
import { useScene } from './use-scene.ts';
import { type View, wholeView } from './view.ts';

interface MatrixProps {
  readonly name: string;
  readonly table: PairTable;
  readonly width: number;
}

/** The points on a canvas; over it, as one drawing, what stands around them; and over that what listens. */
export function Matrix({ name, table, width }: MatrixProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const layout = useMemo(() => layoutOf(width, table.columns.length), [width, table.columns.length]);
  const [view, setView] = useState(() => wholeView(table.columns));
  const [shown, setShown] = useState<readonly boolean[]>(() => table.series.map(() => true));
  const [hovered, setHovered] = useState<Hovered>();
  const rested = useRested(view);
  const colours = useSeriesColours();
  const look = useMemo(() => ({ colours, shown }), [colours, shown]);
  const wish = useMemo(() => ({ view, look }), [view, look]);
  const { mostPoints, complete } = useScene(canvas, table, layout, wish);
  const correlations = useCorrelations(table, layout);
  const change = (to: (before: View) => View) => {
    setHovered(undefined);
    setView(to);
  };
  const reset = () => change(() => wholeView(table.columns));

  const toSvg = (): string => {
    if (!svg.current || !canvas.current) throw new Error('The plot is not drawn yet.');
    complete();
    return pairSvg({ svg: svg.current, canvas: canvas.current, table, panels: layout.panels, wish });
  };

  return (
    <figure class="pair-plot" aria-label={`Pair plot of ${name}`}>
      <Toolbar {...{ name, table, shown, setShown, change, reset, toSvg }} toPng={() => toPng(toSvg())} />
      <div class="pair-matrix" style={{ height: `${layout.height}px` }}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${plural(table.count, 'point')} in each of ${plural(layout.panels.length, 'panel')}`}
        />
        <svg ref={svg} class="pair-axes" viewBox={`0 0 ${layout.width} ${layout.height}`} aria-hidden="true">
          {table.columns.map(({ name: column }, index) => (
            <Diagonal
              key={column}
              {...{ table, shown }}
              column={index}
              box={layout.box(index, index)}
              interval={view[index]}
              rested={rested[index]}
            />
          ))}
          <Correlations {...{ table, layout, correlations }} />
          <Axes columns={table.columns} layout={layout} view={view} />
        </svg>
        <PanelSurfaces {...{ table, layout, view, shown, correlations, change, reset, setHovered }} />
        {hovered && <HoveredPoint {...{ table, view, hovered }} />}
      </div>
      <Said {...{ table, rested, mostPoints }} />
    </figure>
  );
}
