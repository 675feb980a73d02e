import type { RandomStream } from '../../src/flow/random/stream.ts';

type Point = readonly [number, number];

/** A density on the plane of which both rows and values are known. */
export interface ToyTable {
  readonly name: string;
  /** Left, right, bottom and top of what a picture shows. */
  readonly window: readonly [number, number, number, number];
  draw(random: RandomStream): Point;
  /** In nats; -Infinity where there are no rows. */
  logDensity(x: number, y: number): number;
}

/** Rows [rows, 2] of a table. */
export function drawRows({ draw }: ToyTable, rows: number, random: RandomStream): Float64Array {
  const values = new Float64Array(2 * rows);
  for (let row = 0; row < rows; row++) values.set(draw(random), 2 * row);
  return values;
}

/** How places along a curve are distributed: drawn, and as a density on an interval outside of which there are none. */
interface Place {
  readonly from: number;
  readonly to: number;
  draw(random: RandomStream): number;
  density(place: number): number;
}

const uniformPlace: Place = { from: 0, to: 1, draw: (random) => random.uniform(), density: () => 1 };

/** Six deviations either way, beyond which lie 2 of 10^9 rows. */
function normalPlace(mean: number, deviation: number): Place {
  return {
    from: mean - 6 * deviation,
    to: mean + 6 * deviation,
    draw: (random) => mean + deviation * random.normal(),
    density: (place) => Math.exp(-0.5 * ((place - mean) / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI)),
  };
}

/**
 * A place c(s) on one of some curves, all as likely, and normal noise of one deviation in both directions:
 * p(x) = mean over curves of the integral of N(x; c(s), noise^2 I) p(s) ds, by the midpoint rule, which is exact to many digits
 * where the `nodes` on each curve are less than half a deviation apart.
 */
function alongCurves(
  curves: readonly ((place: number) => Point)[],
  { noise, place = uniformPlace, nodes = 600 }: { noise: number; place?: Place; nodes?: number },
): Pick<ToyTable, 'draw' | 'logDensity'> {
  const step = (place.to - place.from) / nodes;
  const places = Array.from({ length: nodes }, (_, index) => place.from + (index + 0.5) * step);
  const centres = Float64Array.from(curves.flatMap((curve) => places.flatMap((at) => [...curve(at)])));
  const weights = Float64Array.from(curves.flatMap(() => places.map((at) => place.density(at) * step)));
  return {
    draw(random) {
      const [x, y] = curves[random.below(curves.length)](place.draw(random));
      return [x + noise * random.normal(), y + noise * random.normal()];
    },
    logDensity(x, y) {
      const exponents = weights.map(
        (_, node) => ((x - centres[2 * node]) ** 2 + (y - centres[2 * node + 1]) ** 2) / (-2 * noise ** 2),
      );
      // Far from all nodes every term by itself would be 0.
      const highest = exponents.reduce((a, b) => Math.max(a, b));
      const sum = exponents.reduce((total, exponent, node) => total + weights[node] * Math.exp(exponent - highest), 0);
      return highest + Math.log(sum / (curves.length * 2 * Math.PI * noise ** 2));
    },
  };
}

/** Uniform on every other one of four times four squares of side 2. */
function checkerboard(): Pick<ToyTable, 'draw' | 'logDensity'> {
  const dark = (x: number, y: number) =>
    Math.max(Math.abs(x), Math.abs(y)) < 4 && (Math.floor(x / 2) + Math.floor(y / 2)) % 2 === 0;
  return {
    draw(random) {
      const column = random.below(4);
      const row = 2 * random.below(2) + (column % 2);
      return [2 * (column - 2 + random.uniform()), 2 * (row - 2 + random.uniform())];
    },
    logDensity: (x, y) => (dark(x, y) ? -Math.log(32) : Number.NEGATIVE_INFINITY),
  };
}

function polar(radius: number, angle: number): Point {
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

const arcs = [0, 1].map((moon) => (u: number): Point => {
  const [x, y] = [Math.cos(Math.PI * u), Math.sin(Math.PI * u)];
  return moon === 0 ? [x, y] : [1 - x, 0.5 - y];
});

/** Points that are uniform along the curve. */
const spirals = [1, -1].map((side) => (u: number): Point => {
  const angle = 3 * Math.PI * Math.sqrt(u);
  return polar((side * angle) / 3, angle);
});

const circles = [1, 2, 3].map((radius) => (u: number) => polar(radius, 2 * Math.PI * u));

const corners = Array.from({ length: 8 }, (_, corner) => () => polar(4, (Math.PI / 4) * corner));

/** Arms that turn the faster the further out they are; the distance is normal, with mean 1 and deviation 0.3. */
const arms = Array.from({ length: 5 }, (_, arm) => (distance: number) => {
  return polar(distance, (2 * Math.PI * arm) / 5 + 0.25 * Math.exp(distance));
});

export const toyTables: readonly ToyTable[] = [
  { name: 'two moons', window: [-1.6, 2.6, -1.85, 2.35], ...alongCurves(arcs, { noise: 0.1 }) },
  { name: 'eight Gaussians', window: [-6, 6, -6, 6], ...alongCurves(corners, { noise: 0.5, nodes: 1 }) },
  { name: 'checkerboard', window: [-4.5, 4.5, -4.5, 4.5], ...checkerboard() },
  { name: 'rings', window: [-3.6, 3.6, -3.6, 3.6], ...alongCurves(circles, { noise: 0.1 }) },
  {
    name: 'pinwheel',
    window: [-2.2, 2.2, -2.2, 2.2],
    ...alongCurves(arms, { noise: 0.05, place: normalPlace(1, 0.3) }),
  },
  { name: 'two spirals', window: [-3.8, 3.8, -3.8, 3.8], ...alongCurves(spirals, { noise: 0.1 }) },
];
