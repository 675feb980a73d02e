import type { PlotOptions } from '@observablehq/plot';
import { useEffect, useRef, useState } from 'preact/hooks';

type PlotLibrary = typeof import('@observablehq/plot');

/** It is large, and loaded by the first page that plots something. */
const library: { promise?: Promise<PlotLibrary> } = {};
const load = () => {
  library.promise ??= import('@observablehq/plot');
  return library.promise;
};

/** Before the page has its shape a place may be narrower than what stands beside an axis. */
const narrowest = 120;

interface PlotProps {
  /** What is to be seen, for those who do not see it. */
  readonly label: string;
  readonly height: number;
  readonly options: (plot: PlotLibrary) => PlotOptions;
}

/** A plot as wide as its place, in the colours of the page. `options` is asked at each rendering. */
export function Plot({ label, height, options }: PlotProps) {
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
  return <div ref={place} class="plot-place" role="img" aria-label={label} style={{ minHeight: `${height}px` }} />;
}
