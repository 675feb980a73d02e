/**
 * Conformal p-values (Vovk, Gammerman and Shafer 2005, "Algorithmic Learning in a Random World"): how unusual a score is among
 * those of calibration rows, with no assumption but that the rows are exchangeable.
 */

/**
 * p = (1 + #{i: s_i <= logProb}) / (n + 1) of calibration scores s_1 <= .. <= s_n. Ties count against the row, so that for a
 * row exchangeable with the calibration rows P(p <= alpha) <= alpha for every alpha.
 */
export function pValue(sortedScores: Float64Array, logProb: number): number {
  return (1 + countUpTo(sortedScores, logProb)) / (sortedScores.length + 1);
}

/**
 * The log-density t such that p <= alpha exactly where logProb < t: the k-th smallest score, k = floor(alpha (n + 1)).
 * -Infinity where k is 0: there are too few calibration rows for any row to be unusual at this level. Infinity where alpha is 1.
 */
export function threshold(sortedScores: Float64Array, alpha: number): number {
  const rows = sortedScores.length + 1;
  let k = Math.min(rows, Math.floor(alpha * rows));
  // Rounding of the product must not part the threshold from the p-values.
  if ((k + 1) / rows <= alpha) k++;
  else if (k / rows > alpha) k--;
  if (k < 1) return Number.NEGATIVE_INFINITY;
  return k > sortedScores.length ? Number.POSITIVE_INFINITY : sortedScores[k - 1];
}

/**
 * The largest p-value that Benjamini and Hochberg (1995) reject at this false discovery rate: the largest of p_(1) <= .. <= p_(m)
 * with p_(i) <= level i / m. 0 where they reject none. NaN stands for no p-value, and does not count.
 */
export function benjaminiHochberg(pValues: Float64Array, level: number): number {
  const sorted = pValues.filter((p) => !Number.isNaN(p)).sort();
  for (let i = sorted.length; i > 0; i--) if (sorted[i - 1] <= (level * i) / sorted.length) return sorted[i - 1];
  return 0;
}

/** How many of the sorted numbers are at most `value`. */
function countUpTo(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
