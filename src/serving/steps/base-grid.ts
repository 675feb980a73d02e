/** A regular grid over the plane that is shown of the base: of squares, or of circles and rays around its centre. */

export type Range = readonly [from: number, to: number];

export const gridShapes = ['squares', 'circles'] as const;
export type GridShape = (typeof gridShapes)[number];

export interface BaseGrid {
  readonly shape: GridShape;
  readonly x: Range;
  readonly y: Range;
  /** In each direction; as many circles as rays. */
  readonly lines: number;
}

/** Along each line, of those that are carried: enough that what is bent looks bent. */
export const lineVertices = 121;

/** Along each line when it is carried. */
export const carriedVertices = 8 * (lineVertices - 1) + 1;

export const vertexCount = (lines: number) => 2 * lines * lineVertices;

/** The shares of the points below and above what the grid covers, before it is widened a little. */
const tail = 0.005;
const widening = 1.1;

/** A grid, of round numbers, over all but the outermost of the points [x, y, x, y, ..], around their medians. */
export function gridOver(points: Float64Array, { shape, lines }: Pick<BaseGrid, 'shape' | 'lines'>): BaseGrid {
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
  return { shape, x, y, lines };
}

/** The quantile of some sorted numbers; 0 where there are none. */
const at = (sorted: Float64Array, share: number) => sorted[Math.floor(share * sorted.length)] ?? 0;

/**
 * Its vertices as they are carried, [x, y, x, y, ..], line after line: of squares first the lines along y, at each x, then those along x; of circles first
 * these, from the inmost on, then the rays from the outermost inwards.
 */
export function gridVertices({ shape, x, y, lines }: BaseGrid): Float64Array {
  const place = { squares: onSquares, circles: onCircles }[shape];
  const points = new Float64Array(4 * lines * carriedVertices);
  for (let index = 0; index < points.length / 2; index++) {
    const line = Math.floor(index / carriedVertices);
    const along = (index % carriedVertices) / (carriedVertices - 1);
    // From 0 to 1 over both ranges.
    const [across, up] = place(line % lines, { isFirst: line < lines, lines, along });
    points[2 * index] = x[0] + (x[1] - x[0]) * across;
    points[2 * index + 1] = y[0] + (y[1] - y[0]) * up;
  }
  return points;
}

interface Place {
  /** Whether the line is one of the first half of them. */
  readonly isFirst: boolean;
  readonly lines: number;
  /** From 0 to 1. */
  readonly along: number;
}

function onSquares(line: number, { isFirst, lines, along }: Place): [number, number] {
  const at = line / (lines - 1);
  return isFirst ? [at, along] : [along, at];
}

function onCircles(line: number, { isFirst, lines, along }: Place): [number, number] {
  const turn = isFirst ? along : line / lines;
  const radius = isFirst ? (line + 1) / lines : 1 - along;
  const angle = 2 * Math.PI * turn;
  return [(1 + radius * Math.cos(angle)) / 2, (1 + radius * Math.sin(angle)) / 2];
}
