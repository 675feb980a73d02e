import type { Figure, LegendEntry } from '../../../src/figures/figure.ts';
import { groundOf, set, styledCopy, svgElement, svgNamespace } from './svg-file.ts';

const padding = 12;
const legendLine = 22;

/**
 * A drawn plot as a file of its own: with the colours and fonts that it has on the page as its attributes, under its legend, on
 * the page's ground, and nothing that scripts or links.
 */
export function standaloneSvg(plot: SVGSVGElement, { label, legend = [] }: Pick<Figure, 'label' | 'legend'>): string {
  const { width, height } = plot.viewBox.baseVal;
  const copy = styledCopy(plot);
  const font = getComputedStyle(plot);
  const lines = legendLines(legend, width);
  const top = padding + legendLine * lines.length;
  const [fullWidth, fullHeight] = [width + 2 * padding, height + top + padding];
  set(copy, { x: padding, y: top, width, height });
  const file = svgElement('svg', {
    xmlns: svgNamespace,
    width: fullWidth,
    height: fullHeight,
    viewBox: `0 0 ${fullWidth} ${fullHeight}`,
    'font-family': font.fontFamily,
    'font-size': font.fontSize,
  });
  const title = svgElement('title');
  title.textContent = label;
  file.append(title, svgElement('rect', { width: '100%', height: '100%', fill: groundOf(plot) }));
  file.append(
    ...lines.flatMap((entries, line) => legendRow(entries, { plot, y: padding + legendLine * (line + 0.5) })),
  );
  file.append(copy);
  return new XMLSerializer().serializeToString(file);
}

/** Letters are about so wide; what is too wide for a line begins the next. */
const entryWidth = ({ name }: LegendEntry) => 46 + 6.2 * name.length;

function legendLines(legend: readonly LegendEntry[], width: number): LegendEntry[][] {
  const lines: LegendEntry[][] = [];
  let used = Infinity;
  for (const entry of legend) {
    if (used + entryWidth(entry) > width) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(entry);
    used += entryWidth(entry);
  }
  return lines;
}

function legendRow(entries: readonly LegendEntry[], { plot, y }: { plot: Element; y: number }): Element[] {
  let x = padding;
  return entries.flatMap((entry) => {
    const start = x;
    x += entryWidth(entry);
    const fill = resolved(plot, entry.colour);
    const mark =
      entry.mark === 'dot'
        ? svgElement('circle', { cx: start + 8, cy: y, r: 3, fill })
        : entry.mark === 'area' || entry.mark === 'swatch'
          ? svgElement('rect', {
              ...{ x: start, y: y - 5, width: 16, height: 10, fill },
              ...(entry.mark === 'area' && { 'fill-opacity': 0.35 }),
            })
          : svgElement('path', {
              d: `M${start} ${y}h16`,
              stroke: fill,
              'stroke-width': 2,
              ...(entry.mark === 'dashed' && { 'stroke-dasharray': '4 3' }),
            });
    const text = svgElement('text', { x: start + 24, y: y + 4, fill: resolved(plot, 'var(--ink-soft)') });
    text.textContent = entry.name;
    return [mark, text];
  });
}

/** A colour of the page as a number. */
function resolved(place: Element, colour: string): string {
  const probe = svgElement('g', { fill: colour });
  place.append(probe);
  const { fill } = getComputedStyle(probe);
  probe.remove();
  return fill;
}
