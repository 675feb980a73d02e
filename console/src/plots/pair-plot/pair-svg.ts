import { groundOf, set, styledCopy, svgElement, svgNamespace } from '../svg-file.ts';
import type { Panel } from './layout.ts';
import { css, dotsFor } from './painter.ts';
import type { Wish } from './scene.ts';
import type { PairTable } from './table.ts';

/** Up to so many dots in all panels together are drawn as such; more are a picture in the file. */
const mostDots = 20_000;

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
  const file = styledCopy(svg);
  set(file, { xmlns: svgNamespace, width, height });
  const ground = svgElement('rect', { width, height, fill: groundOf(svg) });
  const points =
    table.count * panels.length <= mostDots
      ? panels.map((panel) => dotsOf(table, panel, wish))
      : [svgElement('image', { width, height, href: canvas.toDataURL('image/png') })];
  file.prepend(ground, ...points);
  return new XMLSerializer().serializeToString(file);
}

function dotsOf(table: PairTable, { across, up, x, y, width, height }: Panel, { view, look }: Wish): Element {
  const [horizontal, vertical] = [view[across], view[up]];
  const shown = table.series.reduce((sum, { count }, series) => sum + (look.shown[series] ? count : 0), 0);
  const { size, alpha } = dotsFor(shown, { x, y, width, height });
  // What lies outside of a nested svg is cut off.
  const panel = svgElement('svg', { x, y, width, height, 'fill-opacity': alpha });
  for (let point = 0; point < table.count; point++) {
    const cx = (width * (table.positions[across][point] - horizontal[0])) / (horizontal[1] - horizontal[0]);
    const cy = (height * (vertical[1] - table.positions[up][point])) / (vertical[1] - vertical[0]);
    const series = table.seriesOf[point];
    if (!look.shown[series] || cx < -size || cx > width + size || cy < -size || cy > height + size) continue;
    const place = { cx: cx.toFixed(1), cy: cy.toFixed(1), r: (size / 2).toFixed(2) };
    panel.append(svgElement('circle', { ...place, fill: css(look.colours[series]) }));
  }
  return panel;
}
