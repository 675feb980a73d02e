import type { paths } from '../../../api/schema';

/** What the service answers: points and a grid at the base, behind each layer, and in the table's units. */
export type Layers = paths['/v1/models/{id}/layers']['get']['responses'][200]['content']['application/json'];
export type LayerState = Layers['states'][number];

/** Coordinates [x, y, x, y, ..]; NaN where there are none. */
export type Places = Float32Array;

export interface Stop {
  readonly state: LayerState;
  readonly points: Places;
  readonly grid: Places;
  readonly extent: Extent;
  /** Whether nothing has moved since the stop before: what does not show need not be waited for. */
  readonly isStill: boolean;
}

/** Where most of the points are: the middle, and how far they go from it. */
export interface Extent {
  readonly centre: readonly [number, number];
  readonly half: readonly [number, number];
}

/** The way from the base to the data, with a stop at each state. */
export interface Journey {
  readonly layers: Layers;
  readonly stops: readonly Stop[];
}

export function journeyOf(layers: Layers): Journey {
  const stops: Stop[] = [];
  for (const state of layers.states) {
    const points = placesOf(state.points);
    const grid = placesOf(state.grid);
    const before = stops[stops.length - 1];
    const isStill = before !== undefined && isSame(before.grid, grid) && isSame(before.points, points);
    stops.push({ state, points, grid, extent: extentOf(points), isStill });
  }
  return { layers, stops };
}

const placesOf = (values: readonly (number | null)[]): Places =>
  Float32Array.from(values, (value) => value ?? Number.NaN);

const isSame = (a: Places, b: Places) => a.every((value, index) => Object.is(value, b[index]));

/** The shares of the points below and above what has to be seen. */
const tail = 0.004;

function extentOf(points: Places): Extent {
  const [x, y] = [0, 1].map((axis) => {
    const sorted = points.filter((value, index) => index % 2 === axis && Number.isFinite(value)).sort();
    const low = sorted[Math.floor(tail * sorted.length)] ?? -1;
    const high = sorted[Math.ceil((1 - tail) * sorted.length) - 1] ?? 1;
    return { centre: (low + high) / 2, half: (high - low) / 2 || 1 };
  });
  return { centre: [x.centre, y.centre], half: [x.half, y.half] };
}
