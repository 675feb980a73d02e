/** Two columns of a table, by their places. */
export interface CorrelatedPair {
  readonly first: number;
  readonly second: number;
  /** Pearson's. */
  readonly correlation: number;
}

/**
 * The pairs of `places` among the columns of rows [.., width], row-major, that are correlated most, for better or worse, over the
 * rows in which neither is NaN; 0 where that is not defined.
 */
export function strongestPairs(
  rows: Float64Array,
  { width, places, most }: { readonly width: number; readonly places: readonly number[]; readonly most: number },
): CorrelatedPair[] {
  const pairs = places.flatMap((first, index) =>
    places.slice(index + 1).map((second) => ({ first, second, correlation: correlation(rows, width, first, second) })),
  );
  return pairs.sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation)).slice(0, most);
}

function correlation(rows: Float64Array, width: number, first: number, second: number): number {
  let [n, meanX, meanY, squaresX, squaresY, products] = [0, 0, 0, 0, 0, 0];
  for (let start = 0; start < rows.length; start += width) {
    const [x, y] = [rows[start + first], rows[start + second]];
    if (Number.isNaN(x + y)) continue;
    // In one pass, each mean kept up (Welford 1962).
    n++;
    const [beforeX, beforeY] = [x - meanX, y - meanY];
    meanX += beforeX / n;
    meanY += beforeY / n;
    squaresX += beforeX * (x - meanX);
    squaresY += beforeY * (y - meanY);
    products += beforeX * (y - meanY);
  }
  const scale = Math.sqrt(squaresX * squaresY);
  return scale > 0 ? products / scale : 0;
}
