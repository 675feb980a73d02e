import type { Places } from './journey.ts';
import type { Colours } from './palette.ts';
import type { Scene } from './scene.ts';

/** What scenes are painted on: a canvas, or a drawing that is kept. */
export interface Surface {
  background(colour: string): void;
  /** A polyline through these places, from one to another of them. */
  line(places: ArrayLike<number>, pen: Pen, range?: readonly [first: number, end: number]): void;
  /** From each of some places to where it is in others. */
  strokes(from: Places, to: Places, members: Uint32Array, pen: Pen): void;
  dots(
    places: Places,
    members: Uint32Array,
    dot: { readonly radius: number; readonly colour: string; readonly opacity: number },
  ): void;
  text(text: string, x: number, y: number, style: TextStyle): void;
}

export interface Pen {
  readonly colour: string;
  readonly width: number;
  readonly opacity: number;
  readonly dashes?: readonly number[];
}

export interface TextStyle {
  readonly colour: string;
  readonly opacity: number;
  readonly size: number;
  readonly align: 'start' | 'middle' | 'end';
  readonly weight?: number;
}

export function paint(surface: Surface, scene: Scene, colours: Colours, { showsGrid }: { showsGrid: boolean }): void {
  surface.background(colours.card);
  if (showsGrid) paintGrid(surface, scene, colours);
  paintOthers(surface, scene, colours);
  paintPoints(surface, scene, colours);
  for (const { from, to, stretches, strength } of scene.lines)
    surface.line([...from, ...to], {
      colour: colours.accent,
      width: 2,
      opacity: 0.9 * strength,
      ...(!stretches && { dashes: [7, 5] }),
    });
  paintAxes(surface, scene, colours);
}

function paintGrid(surface: Surface, { layout, grid }: Scene, { inkSoft }: Colours): void {
  const { lines, vertices, shape } = layout.journey.layers.grid;
  for (let line = 0; line < 2 * lines; line++) {
    const isCentral = shape === 'squares' && line % lines === (lines - 1) / 2;
    const pen = { colour: inkSoft, width: isCentral ? 1.25 : 0.75, opacity: isCentral ? 0.75 : 0.42 };
    surface.line(grid, pen, [line * vertices, (line + 1) * vertices]);
  }
}

function paintOthers(surface: Surface, { others }: Scene, { ink }: Colours): void {
  if (!others) return;
  const { points, strength } = others;
  const members = Uint32Array.from({ length: points.length / 2 }, (_, point) => point).filter(
    (point) => !Number.isNaN(points[2 * point]),
  );
  surface.dots(points, members, { radius: 1.5, colour: ink, opacity: 0.3 * strength });
}

function paintPoints(surface: Surface, { layout, points, trails }: Scene, colours: Colours): void {
  const count = points.length / 2;
  const small = Math.min(1, layout.size.width / 700);
  const radius = Math.max(1, Math.min(2.7, 85 / Math.sqrt(count)) * (0.65 + 0.35 * small));
  for (const [index, members] of layout.classes.entries()) {
    if (members.length === 0) continue;
    const colour = colours.points[index];
    if (trails) surface.strokes(trails, points, members, { colour, width: radius * 0.9, opacity: 0.3 });
    surface.dots(points, members, { radius, colour, opacity: 0.88 });
  }
}

function paintAxes(surface: Surface, { axes, layout: { size } }: Scene, { inkSoft, ink }: Colours): void {
  const { ticks, strength, x, y } = axes;
  const edge = 24;
  const style = { colour: inkSoft, opacity: strength, size: 11 } as const;
  for (const { at, label } of ticks[0])
    if (at > edge + 16 && at < size.width - edge) {
      surface.line([at, size.height, at, size.height - 5], { colour: inkSoft, width: 1, opacity: 0.6 * strength });
      surface.text(label, at, size.height - 10, { ...style, align: 'middle' });
    }
  for (const { at, label } of ticks[1])
    if (at > edge && at < size.height - edge - 16) {
      surface.line([0, at, 5, at], { colour: inkSoft, width: 1, opacity: 0.6 * strength });
      surface.text(label, 10, at + 4, { ...style, align: 'start' });
    }
  const name = { colour: ink, opacity: 0.35 + 0.65 * strength, size: 12, weight: 600 } as const;
  surface.text(`${x} →`, size.width - 10, size.height - 26, { ...name, align: 'end' });
  surface.text(`↑ ${y}`, 10, 20, { ...name, align: 'start' });
}
