import type { Journey, Places } from './journey.ts';

export interface Colours {
  readonly card: string;
  readonly ink: string;
  readonly inkSoft: string;
  readonly accent: string;
  /** Of points, by their class. */
  readonly points: readonly string[];
}

const hues = 48;
const rings = 4;

/**
 * The colour class of each point, by where it is at the base: the hue is its direction from the centre, and the further out, the
 * stronger it is, so that neighbours there have like colours, and can be found again wherever they go.
 */
export function classesOf({ layers: { grid }, stops: [{ points }] }: Journey): Uint8Array {
  const [x, y] = [grid.x, grid.y].map(([from, to]) => ({ centre: (from + to) / 2, half: (to - from) / 2 }));
  return Uint8Array.from({ length: points.length / 2 }, (_, point) => {
    const [dx, dy] = [(points[2 * point] - x.centre) / x.half, (points[2 * point + 1] - y.centre) / y.half];
    const turn = Math.atan2(dy, dx) / (2 * Math.PI) + 0.5;
    const ring = Math.min(rings - 1, Math.floor(Math.hypot(dx, dy) * 2 * rings));
    return Number.isNaN(turn) ? 0 : (Math.floor(turn * hues) % hues) * rings + ring;
  });
}

/** The points of each class, by their numbers; those that are nowhere are left out. */
export function byClass(classes: Uint8Array, points: Places): Uint32Array[] {
  const members: number[][] = Array.from({ length: hues * rings }, () => []);
  for (const [point, each] of classes.entries()) if (!Number.isNaN(points[2 * point])) members[each].push(point);
  return members.map((each) => Uint32Array.from(each));
}

/** What the page's own colours are where `element` stands, and those of points that go with them. */
export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const isDark = lightness(style.backgroundColor) < 0.5;
  const [lightest, strongest] = isDark ? [0.78, 0.15] : [0.64, 0.19];
  const points = Array.from({ length: hues * rings }, (_, index) => {
    const ring = (index % rings) / (rings - 1);
    const hue = 360 * (Math.floor(index / rings) / hues) + 20;
    return oklch(lightest, strongest * (0.45 + 0.55 * ring), hue);
  });
  return {
    card: style.backgroundColor,
    ink: style.color,
    inkSoft: style.borderTopColor,
    accent: style.outlineColor,
    points,
  };
}

function lightness(colour: string): number {
  const [r = 255, g = 255, b = 255] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return (r + g + b) / 765;
}

/** A colour of even lightness around the circle (Ottosson 2020), as every program of pictures reads it. */
function oklch(light: number, chroma: number, degrees: number): string {
  const [a, b] = [Math.cos, Math.sin].map((part) => chroma * part((degrees * Math.PI) / 180));
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const bytes = linear.map((value) => {
    const clipped = Math.min(1, Math.max(0, value));
    return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055));
  });
  return `rgb(${bytes.join(', ')})`;
}
