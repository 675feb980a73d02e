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
