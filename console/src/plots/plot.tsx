import { useEffect, useRef, useState } from 'preact/hooks';
import type { Figure, PlotLibrary } from '../../../src/figures/figure.ts';
import { Downloads } from './downloads.tsx';
import { Legend } from './legend.tsx';
import { toPng } from './png.ts';
import { standaloneSvg } from './standalone-svg.ts';

/** It is large, and loaded by the first page that plots something. */
const library: { promise?: Promise<PlotLibrary> } = {};
const load = () => {
  library.promise ??= import('@observablehq/plot');
  return library.promise;
};

/** Before the page has its shape a place may be narrower than what stands beside an axis. */
const narrowest = 120;

interface PlotProps extends Figure {
  /** What its files are called; without a name it cannot be downloaded. */
  readonly name?: string;
}

/** A plot as wide as its place, in the colours of the page. `options` is asked at each rendering. */
export function Plot({ label, height, legend = [], options, name }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const [plot, setPlot] = useState<PlotLibrary>();
  const [width, setWidth] = useState(0);
  useEffect(() => void load().then((loaded) => setPlot(loaded)), []);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const observer = new ResizeObserver(([{ contentRect }]) => setWidth(Math.floor(contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!plot || width < narrowest) return;
    const figure = plot.plot({ width, height, className: 'plot', ...options(plot) });
    // The page allows no style that stands in it: plots.css says the same.
    for (const style of [...figure.querySelectorAll('style')]) style.remove();
    // Its parts have names of their own, which say less than the label.
    figure.ariaHidden = 'true';
    place.current?.replaceChildren(figure);
  });
  const toSvg = () => {
    const figure = place.current?.querySelector<SVGSVGElement>('svg.plot');
    if (!figure) throw new Error('The figure is not drawn yet: try again in a moment.');
    return standaloneSvg(figure, { label, legend });
  };
  return (
    <figure class="plot-figure">
      {legend.length > 0 && <Legend entries={legend} />}
      <div ref={place} class="plot-place" role="img" aria-label={label} style={{ minHeight: `${height}px` }} />
      {name && <Downloads name={name} toSvg={toSvg} toPng={() => toPng(toSvg())} />}
    </figure>
  );
}
