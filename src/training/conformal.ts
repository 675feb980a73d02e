import { EvaluationError } from './errors.ts';

/**
 * Split conformal p-values: how unusual a row is among ordinary rows that were held out, whatever the quality of the
 * density. They are only as valid as the calibration rows are exchangeable with new ordinary rows: rows of the same origin
 * that were used neither to train the density nor to choose it. Validation rows are not such (they choose the candidates
 * and the step at which each stops, and their log-densities are therefore too high); test rows are.
 */

/**
 * The log-densities of calibration rows in ascending order, as the functions below take them; -Infinity is one.
 * Throws EvaluationError when there are none, or one is not a number.
 */
export function calibrationLogProbs(logProbs: ArrayLike<number>): Float64Array {
  if (logProbs.length === 0) throw new EvaluationError('Calibration: expected the log-density of at least one row');
  const ascending = Float64Array.from(logProbs).sort();
  // A typed array sorts NaN to its end.
  if (Number.isNaN(ascending[ascending.length - 1]))
    throw new EvaluationError(
      `Calibration: the log-density of row ${Array.from(logProbs).findIndex(Number.isNaN)} is not a number`,
    );
  return ascending;
}

/**
 * The conformal p-value of a row with log-density s among n calibration rows with log-densities s_1 .. s_n:
 *
 *     p = (1 + #{i : s_i <= s}) / (n + 1),
 *
 * from 1 / (n + 1) to 1. For an ordinary row P(p <= alpha) <= alpha for every alpha, on average over calibration rows
 * (Vovk, Gammerman and Shafer 2005); ties only lower it. `calibration` is that of `calibrationLogProbs`.
 * Throws EvaluationError when the log-density is not a number.
 */
export function pValue(calibration: Float64Array, logProb: number): number {
  if (Number.isNaN(logProb)) throw new EvaluationError('The log-density of a row to judge is not a number');
  return (1 + countUpTo(calibration, logProb)) / (calibration.length + 1);
}

/**
 * The log-density below which, and only below which, a row's p-value is at most `alpha`: the k-th smallest of n calibration
 * rows for the largest k with k / (n + 1) <= alpha. -Infinity, which nothing is below, when alpha < 1 / (n + 1): so few rows
 * cannot show that any row is so rare. Throws RangeError unless 0 < alpha < 1.
 */
export function threshold(calibration: Float64Array, alpha: number): number {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha: expected a number between 0 and 1; got ${alpha}`);
  const places = calibration.length + 1;
  // Rounding may take the product to either side of a whole number; the quotients are what p-values are.
  let k = Math.round(alpha * places);
  if (k / places > alpha) k--;
  return k === 0 ? Number.NEGATIVE_INFINITY : calibration[k - 1];
}

/**
 * P-values of a batch of m rows, adjusted for how many there are: with p_(1) <= .. <= p_(m),
 *
 *     q_(i) = min over j >= i of min(1, m p_(j) / j),
 *
 * in the order of the rows. Of the rows with q <= alpha, the expected part that is ordinary is at most alpha (Benjamini and
 * Hochberg 1995), and stays so though conformal p-values of one calibration depend on each other, for they do so positively
 * (Bates, Candes, Lei, Romano and Sesia 2023). Throws RangeError for a p-value that is not from 0 to 1.
 */
export function benjaminiHochberg(pValues: ArrayLike<number>): Float64Array {
  const m = pValues.length;
  for (let row = 0; row < m; row++)
    if (!(pValues[row] >= 0 && pValues[row] <= 1))
      throw new RangeError(`p-value of row ${row}: expected a number from 0 to 1; got ${pValues[row]}`);
  const adjusted = new Float64Array(m);
  const descending = Array.from(adjusted.keys()).sort((a, b) => pValues[b] - pValues[a]);
  let least = 1;
  for (const [index, row] of descending.entries()) {
    least = Math.min(least, (pValues[row] * m) / (m - index));
    adjusted[row] = least;
  }
  return adjusted;
}

/** How many of the ascending values are at most `bound`. */
function countUpTo(ascending: Float64Array, bound: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
