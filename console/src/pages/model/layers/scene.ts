import type { Journey, LayerState, Places } from './journey.ts';
import { byClass, classesOf } from './palette.ts';
import { onPicture, type Size, type Tick, ticksOf, type View, viewsOf } from './view.ts';

/** A journey laid out on a picture of some size. */
export interface Layout {
  readonly journey: Journey;
  readonly size: Size;
  readonly views: readonly View[];
  /** At each stop, on the picture. */
  readonly points: readonly Places[];
  readonly grid: readonly Places[];
  /** The points of each class of colour. */
  readonly classes: readonly Uint32Array[];
  /** What the points are compared with, at each stop. */
  readonly others: readonly Places[];
}

/** `others` are points on the same way, of another journey. */
export function layOut(journey: Journey, others: Journey | undefined, size: Size): Layout {
  const views = viewsOf(journey.stops, size);
  const placed = (places: Places, stop: number) => onPicture(places, views[stop], size);
  const [{ points }] = journey.stops;
  return {
    journey,
    size,
    views,
    points: journey.stops.map((stop, index) => placed(stop.points, index)),
    grid: journey.stops.map((stop, index) => placed(stop.grid, index)),
    classes: byClass(classesOf(journey), points),
    others: (others?.stops ?? []).map((stop, index) => placed(stop.points, index)),
  };
}

/** A line across which a layer stretches space, or squeezes it. */
export interface SceneLine {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly stretches: boolean;
  readonly strength: number;
}

/** What is to be seen at one moment. */
export interface Scene {
  readonly layout: Layout;
  readonly points: Places;
  /** Where the points were a moment ago; undefined where they rest. */
  readonly trails: Places | undefined;
  readonly grid: Places;
  readonly lines: readonly SceneLine[];
  /** Points to compare with, and how clearly they are seen: at the ends, where there is something to compare. */
  readonly others: { readonly points: Places; readonly strength: number } | undefined;
  /** The axes of the stop that is nearer, and how clearly they are seen. */
  readonly axes: Axes;
}

export interface Axes {
  readonly x: string;
  readonly y: string;
  readonly ticks: readonly [readonly Tick[], readonly Tick[]];
  readonly strength: number;
}

/** How much of a step the trails are long. */
const trailLength = 0.3;

/** The scene at a position: stop 2 at 2, and at 2.5 half-way from there to stop 3. Between stops all goes straight. */
export function sceneAt(
  layout: Layout,
  position: number,
  { isMoving }: { isMoving: 'forwards' | 'backwards' | undefined },
): Scene {
  const last = layout.points.length - 1;
  const from = Math.min(Math.floor(position), last - 1);
  const t = position - from;
  const behind =
    isMoving === 'backwards' ? Math.min(last, position + trailLength) : Math.max(0, position - trailLength);
  const nearer = t < 0.5 ? from : from + 1;
  return {
    layout,
    points: mixed(layout.points, position),
    trails: isMoving ? mixed(layout.points, behind) : undefined,
    grid: mixed(layout.grid, position),
    lines: linesOf(layout, from, t),
    others: othersAt(layout, position),
    axes: axesOf(layout, nearer, Math.abs(1 - 2 * t)),
  };
}

function mixed(stops: readonly Places[], position: number): Places {
  const from = Math.min(Math.floor(position), stops.length - 2);
  const t = position - from;
  const [a, b] = [stops[from], stops[from + 1]];
  if (t === 0) return a;
  const result = new Float32Array(a.length);
  for (let index = 0; index < a.length; index++) result[index] = a[index] + (b[index] - a[index]) * t;
  return result;
}

function othersAt({ others }: Layout, position: number): Scene['others'] {
  const strength = 1 - Math.min(position, others.length - 1 - position);
  return others.length > 1 && strength > 0 ? { points: mixed(others, position), strength } : undefined;
}

function axesOf({ journey, views, size }: Layout, stop: number, strength: number): Axes {
  const { x, y } = journey.stops[stop].state;
  return {
    x,
    y,
    ticks: [ticksOf(views[stop], 0, size.width), ticksOf(views[stop], 1, size.height, 70)],
    strength,
  };
}

/** The lines of the layer between two stops, where they are on the way; clear in the midst of it, and after it while all rests. */
function linesOf({ journey, views, size }: Layout, from: number, t: number): SceneLine[] {
  const { state } = journey.stops[from + 1];
  const strength = t === 0 ? 0 : Math.sin((Math.PI * Math.min(t, 1)) / 2) ** 0.5 * (t < 1 ? 1 : 0.8);
  return state.hyperplanes.flatMap((line) => {
    const ends = endsOf(line, views[from + 1], size);
    const [before, after] = [views[from], views[from + 1]].map((view) => onPicture(ends, view, size));
    const at = (index: number) => before[index] + (after[index] - before[index]) * t;
    return [{ from: [at(0), at(1)], to: [at(2), at(3)], stretches: line.stretch > 1, strength } as const];
  });
}

/** Two points of a line w.x + b = 0 that are well beyond the picture on both sides. */
function endsOf(
  { normal, offset }: LayerState['hyperplanes'][number],
  { centre, perPixel }: View,
  size: Size,
): number[] {
  const [a, b] = normal;
  const squared = a * a + b * b || 1;
  const away = (a * centre[0] + b * centre[1] + offset) / squared;
  const middle = [centre[0] - away * a, centre[1] - away * b];
  const reach = (2 * Math.max(...perPixel) * Math.max(size.width, size.height)) / Math.sqrt(squared);
  return [middle[0] - reach * b, middle[1] + reach * a, middle[0] + reach * b, middle[1] - reach * a];
}
