/** How far numbers are from uniform on (0, 1). */
export interface Uniformity {
  /** Kolmogorov and Smirnov's D, the largest distance between the empirical distribution function and the uniform one. */
  readonly statistic: number;
  readonly pValue: number;
}

/**
 * Kolmogorov and Smirnov's test that numbers are uniform on (0, 1). `effectiveRows` is how many independent numbers they
 * are worth: their count, or n m / (n + m) when n numbers are ranks among the same m. At least one number is needed.
 */
export function uniformity(values: Float64Array, effectiveRows: number = values.length): Uniformity {
  const sorted = values.toSorted();
  let statistic = 0;
  sorted.forEach((value, index) => {
    statistic = Math.max(statistic, (index + 1) / sorted.length - value, value - index / sorted.length);
  });
  return { statistic, pValue: kolmogorovPValue(statistic, effectiveRows) };
}

/**
 * The chance that D is this large or larger: Kolmogorov's limit at (sqrt n + 0.12 + 0.11 / sqrt n) D, which makes it good
 * from few rows on (Stephens 1970, "Use of the Kolmogorov-Smirnov, Cramer-von Mises and related statistics without
 * extensive tables").
 */
function kolmogorovPValue(statistic: number, rows: number): number {
  const scaled = (Math.sqrt(rows) + 0.12 + 0.11 / Math.sqrt(rows)) * statistic;
  // Two series for the same function (they are a Jacobi theta function and its transform): each is exact to double
  // precision with four terms on its side of 1.
  const terms = [1, 2, 3, 4];
  if (scaled < 1) {
    const sum = terms.reduce((total, k) => total + Math.exp(-(((2 * k - 1) * Math.PI) ** 2) / (8 * scaled ** 2)), 0);
    return 1 - (Math.sqrt(2 * Math.PI) / scaled) * sum;
  }
  return terms.reduce((total, k) => total + (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * (k * scaled) ** 2), 0);
}

/**
 * The z-score of Mann and Whitney's U of two sets of numbers: negative where those of `first` are the smaller ones,
 * standard normal for many numbers where both have the same distribution. Ties count one half, and the variance is
 * corrected for them:
 *
 *     Var U = n m / 12 (N + 1 - sum (t^3 - t) / (N (N - 1))),   N = n + m, t the sizes of the ties.
 *
 * 0 when all numbers are the same. Each set needs at least one.
 */
export function rankSumZScore(first: Float64Array, second: Float64Array): number {
  const [a, b] = [first.toSorted(), second.toSorted()];
  const [n, m] = [a.length, b.length];
  let [i, j, u, cubes] = [0, 0, 0, 0];
  while (i < n || j < m) {
    const value = Math.min(i < n ? a[i] : Infinity, j < m ? b[j] : Infinity);
    const [firstI, firstJ] = [i, j];
    while (i < n && a[i] === value) i++;
    while (j < m && b[j] === value) j++;
    const [tiesA, tiesB] = [i - firstI, j - firstJ];
    u += tiesA * (firstJ + tiesB / 2);
    cubes += (tiesA + tiesB) ** 3 - (tiesA + tiesB);
  }
  const all = n + m;
  const variance = ((n * m) / 12) * (all + 1 - cubes / (all * (all - 1)));
  return variance > 0 ? (u - (n * m) / 2) / Math.sqrt(variance) : 0;
}

/** The middle number, or the mean of the two in the middle. At least one number is needed. */
export function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
