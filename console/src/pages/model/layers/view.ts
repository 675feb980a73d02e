import type { Extent, Places, Stop } from './journey.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How the plane lies on the picture: its centre, and how much of each axis a pixel is. */
export interface View {
  readonly centre: readonly [number, number];
  readonly perPixel: readonly [number, number];
}

/** Room around the points, as a part of their extent: the grid goes further than they do. */
const margin = 1.22;

/** How much longer one axis may be than the other for both to be drawn to one scale. */
const longest = 3;

/**
 * The view of each stop. It changes no more from one to the next than it has to: each is the mean of its own and its neighbours', but for
 * the last, which has other units.
 */
export function viewsOf(stops: readonly Stop[], size: Size): View[] {
  const own = stops.map(({ extent }) => viewOf(extent, size));
  const last = own.length - 1;
  return own.map((view, index) => {
    if (index === 0 || index >= last - 1) return view;
    return between(between(own[index - 1], own[index + 1], 0.5), view, 0.5);
  });
}

function viewOf({ centre, half }: Extent, { width, height }: Size): View {
  const perPixel = [(2 * margin * half[0]) / width, (2 * margin * half[1]) / height] as const;
  const ratio = half[0] / half[1];
  const one = Math.max(...perPixel);
  return { centre, perPixel: ratio < longest && ratio > 1 / longest ? [one, one] : perPixel };
}

function between(a: View, b: View, t: number): View {
  const mean = (axis: 0 | 1) => a.centre[axis] + (b.centre[axis] - a.centre[axis]) * t;
  const scale = (axis: 0 | 1) => a.perPixel[axis] * (b.perPixel[axis] / a.perPixel[axis]) ** t;
  return { centre: [mean(0), mean(1)], perPixel: [scale(0), scale(1)] };
}

/** Coordinates on the picture, whose y goes down. */
export function onPicture(places: ArrayLike<number>, view: View, { width, height }: Size): Places {
  const result = new Float32Array(places.length);
  for (let index = 0; index < places.length; index += 2) {
    result[index] = width / 2 + (places[index] - view.centre[0]) / view.perPixel[0];
    result[index + 1] = height / 2 - (places[index + 1] - view.centre[1]) / view.perPixel[1];
  }
  return result;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Round numbers along an axis of `pixels`, about so far apart. */
export function ticksOf({ centre, perPixel }: View, axis: 0 | 1, pixels: number, apart = 90): Tick[] {
  const [from, to] = [-1, 1].map((side) => centre[axis] + (side * pixels * perPixel[axis]) / 2);
  const rough = ((to - from) * apart) / pixels;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const decimals = Math.min(100, Math.max(0, -Math.floor(Math.log10(step))));
  const ticks: Tick[] = [];
  for (let index = Math.ceil(from / step); index * step <= to; index++) {
    const offset = (index * step - centre[axis]) / perPixel[axis];
    const at = pixels / 2 + (axis === 0 ? offset : -offset);
    ticks.push({ at, label: labelOf(index * step, decimals) });
  }
  return ticks;
}

function labelOf(value: number, decimals: number): string {
  const text = Math.abs(value) >= 1e7 ? value.toExponential(2) : value.toFixed(decimals);
  return (Number(text) === 0 ? '0' : text).replace('-', '−');
}
