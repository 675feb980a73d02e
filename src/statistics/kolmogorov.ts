/** A test by the largest distance between two distribution functions. */
export interface DistanceTest {
  /** Kolmogorov and Smirnov's D. */
  readonly statistic: number;
  readonly pValue: number;
}

/**
 * Kolmogorov and Smirnov's test that numbers are uniform on (0, 1). `effectiveRows` is how many independent numbers they
 * are worth: their count, or n m / (n + m) when n numbers are ranks among the same m. At least one number is needed.
 */
export function uniformity(values: Float64Array, effectiveRows: number = values.length): DistanceTest {
  const sorted = values.toSorted();
  let statistic = 0;
  sorted.forEach((value, index) => {
    statistic = Math.max(statistic, (index + 1) / sorted.length - value, value - index / sorted.length);
  });
  return { statistic, pValue: kolmogorovPValue(statistic, effectiveRows) };
}

/**
 * Kolmogorov and Smirnov's test that two sets of numbers have the same distribution: the largest distance between their
 * empirical distribution functions, whose p-value is that of n m / (n + m) numbers. Ties, and infinite numbers, may be among
 * them; ties make the test err to the side of 1. Each set needs at least one number. Throws RangeError for NaN.
 */
export function sameDistribution(first: Float64Array, second: Float64Array): DistanceTest {
  const [a, b] = [first.toSorted(), second.toSorted()];
  const [n, m] = [a.length, b.length];
  // Sorted, NaN comes last.
  if (Number.isNaN(a[n - 1]) || Number.isNaN(b[m - 1])) throw new RangeError('NaN has no place among other numbers');
  let [i, j, statistic] = [0, 0, 0];
  while (i < n && j < m) {
    const value = Math.min(a[i], b[j]);
    while (i < n && a[i] === value) i++;
    while (j < m && b[j] === value) j++;
    statistic = Math.max(statistic, Math.abs(i / n - j / m));
  }
  return { statistic, pValue: kolmogorovPValue(statistic, (n * m) / (n + m)) };
}

/**
 * The chance that D is this large or larger: Kolmogorov's limit at (sqrt n + 0.12 + 0.11 / sqrt n) D, which makes it good
 * from few rows on (Stephens 1970, "Use of the Kolmogorov-Smirnov, Cramer-von Mises and related statistics without
 * extensive tables").
 */
function kolmogorovPValue(statistic: number, rows: number): number {
  if (statistic === 0) return 1;
  const scaled = stephens(rows) * statistic;
  // Two series for the same function (they are a Jacobi theta function and its transform): each is exact to double
  // precision with four terms on its side of 1.
  const terms = [1, 2, 3, 4];
  if (scaled < 1) {
    const sum = terms.reduce((total, k) => total + Math.exp(-(((2 * k - 1) * Math.PI) ** 2) / (8 * scaled ** 2)), 0);
    return 1 - (Math.sqrt(2 * Math.PI) / scaled) * sum;
  }
  return terms.reduce((total, k) => total + (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * (k * scaled) ** 2), 0);
}

const stephens = (rows: number) => Math.sqrt(rows) + 0.12 + 0.11 / Math.sqrt(rows);

/**
 * The D that is reached with about this chance: what lies nowhere farther than this from a distribution function is its
 * confidence band. From the series' first term, which is all of it to four digits where the chance is 0.05 or less.
 */
export function kolmogorovQuantile(chance: number, rows: number): number {
  return Math.sqrt(-0.5 * Math.log(chance / 2)) / stephens(rows);
}
