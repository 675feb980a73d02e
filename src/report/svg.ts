import * as plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Figure } from '../figures/figure.ts';
import { Html } from './html.ts';

/** What the library draws into: there is no page here. */
const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** A figure as SVG in that width, in the colours and fonts of the page that it stands in. */
export function svgOf({ height, options }: Figure, width: number): Html {
  const drawn = plot.plot({ width, height, className: 'plot', document, ...options(plot) });
  // The page's own style says the same, and is all that its policy allows.
  for (const style of [...drawn.querySelectorAll('style')]) style.remove();
  for (const element of [...drawn.querySelectorAll('*')])
    for (const name of places) {
      const value: string | null = element.getAttribute(name);
      if (value !== null) element.setAttribute(name, value.replace(/\d+\.\d{3,}/g, rounded));
    }
  drawn.setAttribute('aria-hidden', 'true');
  return new Html(drawn.outerHTML);
}

/** Attributes that say where something is, for which a hundredth of a pixel is enough. */
const places = ['d', 'transform', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'width', 'height'];
const rounded = (text: string) => String(Number(Number(text).toFixed(2)));
