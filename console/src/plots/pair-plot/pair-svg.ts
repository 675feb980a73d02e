import type { Panel } from './layout.ts';
import { css, dotsFor } from './painter.ts';
import type { Wish } from './scene.ts';
import type { PairTable } from './table.ts';

const namespace = 'http://www.w3.org/2000/svg';

/** Up to so many dots in all panels together are drawn as such; more are a picture in the file. */
const mostDots = 20_000;

const styled = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'font-family', 'font-size', 'font-weight'];

interface Drawn {
  readonly svg: SVGSVGElement;
  readonly canvas: HTMLCanvasElement;
  readonly table: PairTable;
  readonly panels: readonly Panel[];
  readonly wish: Wish;
}

/** A pair plot, as it is seen, as a file of its own. What the canvas shows has to be complete, and just drawn. */
export function pairSvg({ svg, canvas, table, panels, wish }: Drawn): string {
  const { width, height } = svg.viewBox.baseVal;
  const file = svg.cloneNode(true);
  if (!(file instanceof SVGSVGElement)) throw new TypeError('Expected an svg element');
  inlineStyle(svg, file);
  for (const [name, value] of Object.entries({ xmlns: namespace, width, height })) file.setAttribute(name, `${value}`);
  const ground = made('rect', { width, height, fill: groundOf(svg) });
  const points =
    table.count * panels.length <= mostDots
      ? panels.map((panel) => dotsOf(table, panel, wish))
      : [made('image', { width, height, href: canvas.toDataURL('image/png') })];
  file.prepend(ground, ...points);
  return new XMLSerializer().serializeToString(file);
}

function dotsOf(table: PairTable, { across, up, x, y, width, height }: Panel, { view, look }: Wish): Element {
  const [horizontal, vertical] = [view[across], view[up]];
  const shown = table.series.reduce((sum, { count }, series) => sum + (look.shown[series] ? count : 0), 0);
  const { size, alpha } = dotsFor(shown, { x, y, width, height });
  // What lies outside of a nested svg is cut off.
  const panel = made('svg', { x, y, width, height, 'fill-opacity': alpha });
  for (let point = 0; point < table.count; point++) {
    const cx = (width * (table.positions[across][point] - horizontal[0])) / (horizontal[1] - horizontal[0]);
    const cy = (height * (vertical[1] - table.positions[up][point])) / (vertical[1] - vertical[0]);
    const series = table.seriesOf[point];
    if (!look.shown[series] || cx < -size || cx > width + size || cy < -size || cy > height + size) continue;
    const place = { cx: cx.toFixed(1), cy: cy.toFixed(1), r: (size / 2).toFixed(2) };
    panel.append(made('circle', { ...place, fill: css(look.colours[series]) }));
  }
  return panel;
}

/** Has each part of a copy say by itself how it looks. */
function inlineStyle(source: Element, copy: Element): void {
  const style = getComputedStyle(source);
  for (const name of styled) copy.setAttribute(name, style.getPropertyValue(name));
  if (style.vectorEffect !== 'none') copy.setAttribute('vector-effect', style.vectorEffect);
  for (const name of ['class', 'style', 'aria-hidden']) copy.removeAttribute(name);
  for (const [index, child] of [...source.children].entries()) inlineStyle(child, copy.children[index]);
}

/** The first colour behind it. */
function groundOf(start: Element): string {
  for (let element: Element | null = start; element; element = element.parentElement) {
    const { backgroundColor } = getComputedStyle(element);
    if (!/^(transparent|rgba\(.*, 0\))$/.test(backgroundColor)) return backgroundColor;
  }
  return 'white';
}

function made(name: string, attributes: Readonly<Record<string, string | number>>): Element {
  const element = document.createElementNS(namespace, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  return element;
}
