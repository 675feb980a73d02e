/** A regular grid over the plane that is shown of the base. */

export type Range = readonly [from: number, to: number];

export interface BaseGrid {
  readonly x: Range;
  readonly y: Range;
  /** In each direction. */
  readonly lines: number;
}

/** Along each line: enough that what is bent looks bent. */
export const lineVertices = 61;

export const vertexCount = (lines: number) => 2 * lines * lineVertices;

/** The shares of the points below and above what the grid covers, before it is widened a little. */
const tail = 0.005;
const widening = 1.1;

/** A square grid, of round numbers, over all but the outermost of the points [x, y, x, y, ..], around their medians. */
export function gridOver(points: Float64Array, lines: number): BaseGrid {
  const axes = [0, 1].map((axis) =>
    points.filter((value, index) => index % 2 === axis && Number.isFinite(value)).sort(),
  );
  const half = widening * Math.max(...axes.map((sorted) => (at(sorted, 1 - tail) - at(sorted, tail)) / 2)) || 1;
  const unit = 10 ** Math.floor(Math.log10(half)) / 2;
  const reach = Math.ceil(half / unit) * unit;
  const [x, y] = axes.map((sorted): Range => {
    const centre = Math.round(at(sorted, 0.5) / unit) * unit;
    return [centre - reach, centre + reach];
  });
  return { x, y, lines };
}

/** The quantile of some sorted numbers; 0 where there are none. */
const at = (sorted: Float64Array, share: number) => sorted[Math.floor(share * sorted.length)] ?? 0;

/** Its vertices [x, y, x, y, ..], line after line: first those along y, at each x, then those along x. */
export function gridVertices({ x, y, lines }: BaseGrid): Float64Array {
  const points = new Float64Array(2 * vertexCount(lines));
  const along = ([from, to]: Range, index: number, count: number) =>
    from + ((to - from) * index) / Math.max(1, count - 1);
  let place = 0;
  for (const axis of [0, 1])
    for (let line = 0; line < lines; line++)
      for (let vertex = 0; vertex < lineVertices; vertex++) {
        const [across, within] = axis === 0 ? [x, y] : [y, x];
        points[place + axis] = along(across, line, lines);
        points[place + 1 - axis] = along(within, vertex, lineVertices);
        place += 2;
      }
  return points;
}
