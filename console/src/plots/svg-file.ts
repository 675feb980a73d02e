// What it takes for a drawing of the page to be a file of its own.
export const svgNamespace = 'http://www.w3.org/2000/svg';

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
  'color',
  'font-family',
  'font-size',
  'font-weight',
  'font-variant',
  'text-anchor',
  'paint-order',
  'visibility',
] as const;

/** These an element does not have of its parent: what they are where nothing is said. */
const own: Readonly<Record<string, string>> = { opacity: '1', 'vector-effect': 'none' };

/** The copy of a drawing, each part of which says by itself how it looks, and nothing that only a page has. */
export function styledCopy(drawing: SVGSVGElement): SVGSVGElement {
  const copy = drawing.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) throw new TypeError('Expected an svg element');
  inlineStyle(drawing, copy);
  return copy;
}

function inlineStyle(source: Element, copy: Element, inherited?: CSSStyleDeclaration): void {
  const style = getComputedStyle(source);
  for (const name of drawn) {
    const value = style.getPropertyValue(name);
    if (copy.hasAttribute(name) || value !== inherited?.getPropertyValue(name)) copy.setAttribute(name, value);
  }
  for (const [name, usual] of Object.entries(own)) {
    const value = style.getPropertyValue(name);
    if (value === usual) copy.removeAttribute(name);
    else copy.setAttribute(name, value);
  }
  for (const name of ['class', 'style', 'aria-hidden']) copy.removeAttribute(name);
  for (const [index, child] of [...source.children].entries()) inlineStyle(child, copy.children[index], style);
}

/** The first colour behind an element. */
export function groundOf(start: Element): string {
  for (let element: Element | null = start; element; element = element.parentElement) {
    const { backgroundColor } = getComputedStyle(element);
    if (!/^(transparent|rgba\(.*, 0\))$/.test(backgroundColor)) return backgroundColor;
  }
  return 'white';
}

export function svgElement(name: string, attributes: Readonly<Record<string, string | number>> = {}): SVGElement {
  const made = document.createElementNS(svgNamespace, name);
  if (!(made instanceof SVGElement)) throw new TypeError(`Expected an element of SVG, got ${name}`);
  set(made, attributes);
  return made;
}

export function set(element: Element, attributes: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
