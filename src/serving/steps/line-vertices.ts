/**
 * Of the vertices of a line some, by their places, the first and the last among them: the more of them, the longer the way between
 * two, at the step where it is the longest part of its line. So a line looks bent where it is bent, however far a layer stretches
 * it, and has the same vertices at each step. `states` are the line at each, [x, y, x, y, ..].
 */
export function keptVertices(states: readonly Float64Array[], kept: number): Int32Array {
  const count = states[0].length / 2;
  // A little for each: where nothing is long they stand evenly.
  const ways = new Float64Array(count - 1).fill(1 / (count - 1));
  for (const state of states) {
    const lengths = segmentLengths(state);
    const whole = lengths.reduce((sum, length) => sum + length, 0);
    if (whole > 0)
      for (const [segment, length] of lengths.entries()) ways[segment] = Math.max(ways[segment], length / whole);
  }
  const total = ways.reduce((sum, way) => sum + way, 0);
  const places = new Int32Array(kept);
  let [vertex, gone] = [0, 0];
  for (let index = 1; index < kept; index++) {
    // Each is another one, and enough are left for those to come.
    const [first, last] = [places[index - 1] + 1, count - kept + index];
    // The nearest to where it should stand.
    while (vertex < count - 1 && gone + ways[vertex] / 2 < (total * index) / (kept - 1)) gone += ways[vertex++];
    places[index] = Math.min(last, Math.max(first, vertex));
  }
  return places;
}

/** 0 where an end is nowhere. */
function segmentLengths(points: Float64Array): Float64Array {
  return Float64Array.from({ length: points.length / 2 - 1 }, (_, segment) => {
    const at = 2 * segment;
    const length = Math.hypot(points[at + 2] - points[at], points[at + 3] - points[at + 1]);
    return Number.isFinite(length) ? length : 0;
  });
}

/** The points that stand at these places. */
export function taken(points: Float64Array, places: Int32Array): Float64Array {
  const result = new Float64Array(2 * places.length);
  for (const [index, place] of places.entries()) result.set(points.subarray(2 * place, 2 * place + 2), 2 * index);
  return result;
}
