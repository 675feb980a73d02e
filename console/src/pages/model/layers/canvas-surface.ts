import type { Pen, Surface, TextStyle } from './paint.ts';

const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Paints on a canvas; its units are pixels of the page. */
export function canvasSurface(
  context: CanvasRenderingContext2D,
  { width, height }: { width: number; height: number },
): Surface {
  const use = ({ colour, width: lineWidth, opacity, dashes = [] }: Pen) => {
    context.strokeStyle = colour;
    context.lineWidth = lineWidth;
    context.globalAlpha = opacity;
    context.setLineDash([...dashes]);
    context.beginPath();
  };
  context.lineJoin = 'round';
  context.lineCap = 'round';
  return {
    background(colour) {
      context.globalAlpha = 1;
      context.fillStyle = colour;
      context.fillRect(0, 0, width, height);
    },
    line(places, pen, [first, end] = [0, places.length / 2]) {
      use(pen);
      for (let index = first; index < end; index++) context.lineTo(places[2 * index], places[2 * index + 1]);
      context.stroke();
    },
    strokes(from, to, members, pen) {
      use(pen);
      for (const point of members) {
        context.moveTo(from[2 * point], from[2 * point + 1]);
        context.lineTo(to[2 * point], to[2 * point + 1]);
      }
      context.stroke();
    },
    dots(places, members, { radius, colour, opacity }) {
      context.fillStyle = colour;
      context.globalAlpha = opacity;
      context.beginPath();
      for (const point of members) {
        const [x, y] = [places[2 * point], places[2 * point + 1]];
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.fill();
    },
    text(text, x, y, { colour, opacity, size, align, weight = 400 }: TextStyle) {
      context.fillStyle = colour;
      context.globalAlpha = opacity;
      context.font = `${weight} ${size}px ${fontFamily}`;
      context.textAlign = align === 'middle' ? 'center' : align;
      context.fillText(text, x, y);
    },
  };
}
