import type { Pen, Surface } from './paint.ts';

/** Paints a drawing that is kept as a file: `svg` is it, once all is painted. */
export function svgSurface({ width, height }: { width: number; height: number }): Surface & { svg(): string } {
  const parts: string[] = [];
  const size = `width="${width}" height="${height}"`;
  const rounded = (value: number) => String(Math.round(10 * value) / 10);
  const stroke = ({ colour, width: lineWidth, opacity, dashes }: Pen) =>
    `fill="none" stroke="${colour}" stroke-width="${rounded(lineWidth)}" stroke-opacity="${rounded(opacity)}" stroke-linecap="round" stroke-linejoin="round"${dashes ? ` stroke-dasharray="${dashes.join(' ')}"` : ''}`;
  const place = (places: ArrayLike<number>, index: number) =>
    `${rounded(places[2 * index])} ${rounded(places[2 * index + 1])}`;
  return {
    background: (colour) => void parts.push(`<rect ${size} fill="${colour}"/>`),
    line(places, pen, [first, end] = [0, places.length / 2]) {
      const path = Array.from({ length: end - first }, (_, index) => place(places, first + index));
      parts.push(`<path d="M${path.join('L')}" ${stroke(pen)}/>`);
    },
    strokes(from, to, members, pen) {
      const path = Array.from(members, (point) => `M${place(from, point)}L${place(to, point)}`);
      parts.push(`<path d="${path.join('')}" ${stroke(pen)}/>`);
    },
    dots(places, members, { radius, colour, opacity }) {
      // A line of no length has round ends.
      const path = Array.from(members, (point) => `M${place(places, point)}h0`);
      parts.push(`<path d="${path.join('')}" ${stroke({ colour, width: 2 * radius, opacity })}/>`);
    },
    text(text, x, y, { colour, opacity, size: fontSize, align, weight = 400 }) {
      parts.push(
        `<text x="${rounded(x)}" y="${rounded(y)}" fill="${colour}" fill-opacity="${rounded(opacity)}" font-size="${fontSize}" font-weight="${weight}" text-anchor="${align}">${escaped(text)}</text>`,
      );
    },
    svg: () =>
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">\n<clipPath id="frame"><rect ${size}/></clipPath>\n<g clip-path="url(#frame)">\n${parts.join('\n')}\n</g>\n</svg>\n`,
  };
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
