import type { Figure, LegendEntry } from '../../../src/figures/figure.ts';

const svgNamespace = 'http://www.w3.org/2000/svg';

/** What is drawn depends on these; all are attributes that every program for SVG knows. */
const drawn = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'color',
  'font-family',
  'font-size',
  'font-weight',
  'font-variant',
  'text-anchor',
  'paint-order',
  'visibility',
] as const;
/** These an element does not have of its parent. */
const own: readonly string[] = ['opacity'];

const padding = 12;
const legendLine = 22;

/**
 * A drawn plot as a file of its own: with the colours and fonts that it has on the page as its attributes, under its legend, on
 * the page's ground, and nothing that scripts or links.
 */
export function standaloneSvg(plot: SVGSVGElement, { label, legend = [] }: Pick<Figure, 'label' | 'legend'>): string {
  const { width, height } = plot.viewBox.baseVal;
  const copy = plot.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) throw new TypeError('expected an svg element');
  inlineStyle(plot, copy);
  copy.removeAttribute('aria-hidden');
  copy.removeAttribute('class');
  const font = getComputedStyle(plot);
  const lines = legendLines(legend, width);
  const top = padding + legendLine * lines.length;
  const [fullWidth, fullHeight] = [width + 2 * padding, height + top + padding];
  for (const [name, value] of Object.entries({ x: padding, y: top, width, height }))
    copy.setAttribute(name, `${value}`);
  const file = element('svg', {
    xmlns: svgNamespace,
    width: fullWidth,
    height: fullHeight,
    viewBox: `0 0 ${fullWidth} ${fullHeight}`,
    'font-family': font.fontFamily,
    'font-size': font.fontSize,
  });
  const title = element('title', {});
  title.textContent = label;
  file.append(title, element('rect', { width: '100%', height: '100%', fill: groundOf(plot) }));
  file.append(
    ...lines.flatMap((entries, line) => legendRow(entries, { plot, y: padding + legendLine * (line + 0.5) })),
  );
  file.append(copy);
  return new XMLSerializer().serializeToString(file);
}

/** Has each part of a copy say by itself how it looks. */
function inlineStyle(source: Element, copy: Element, inherited?: CSSStyleDeclaration): void {
  const style = getComputedStyle(source);
  for (const name of drawn) {
    const value = style.getPropertyValue(name);
    const isSaid = copy.hasAttribute(name) || (own.includes(name) && value !== '1');
    if (isSaid || value !== inherited?.getPropertyValue(name)) copy.setAttribute(name, value);
    if (own.includes(name) && value === '1') copy.removeAttribute(name);
  }
  copy.removeAttribute('class');
  copy.removeAttribute('style');
  for (const [index, child] of [...source.children].entries()) inlineStyle(child, copy.children[index], style);
}

/** The first colour behind it. */
function groundOf(start: Element): string {
  for (let element: Element | null = start; element; element = element.parentElement) {
    const { backgroundColor } = getComputedStyle(element);
    if (!/^(transparent|rgba\(.*, 0\))$/.test(backgroundColor)) return backgroundColor;
  }
  return 'white';
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
        ? element('circle', { cx: start + 8, cy: y, r: 3, fill })
        : entry.mark === 'area' || entry.mark === 'swatch'
          ? element('rect', {
              ...{ x: start, y: y - 5, width: 16, height: 10, fill },
              ...(entry.mark === 'area' && { 'fill-opacity': 0.35 }),
            })
          : element('path', {
              d: `M${start} ${y}h16`,
              stroke: fill,
              'stroke-width': 2,
              ...(entry.mark === 'dashed' && { 'stroke-dasharray': '4 3' }),
            });
    const text = element('text', { x: start + 24, y: y + 4, fill: resolved(plot, 'var(--ink-soft)') });
    text.textContent = entry.name;
    return [mark, text];
  });
}

/** A colour of the page as a number. */
function resolved(place: Element, colour: string): string {
  const probe = element('g', { fill: colour });
  place.append(probe);
  const { fill } = getComputedStyle(probe);
  probe.remove();
  return fill;
}

function element(name: string, attributes: Readonly<Record<string, string | number>>): Element {
  const made = document.createElementNS(svgNamespace, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}
