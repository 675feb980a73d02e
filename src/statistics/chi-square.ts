/** A test by counts. */
export interface CountsTest {
  /** Pearson's chi-square. */
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
}

/** A category of which fewer are expected in the smaller set is counted together with others of the kind. */
const leastExpected = 5;

/**
 * Pearson's test that two sets fall into categories by the same probabilities: the counts of each, [categories]. Rare categories
 * are put together until each part may expect five in either set (Cochran 1954). With one part left the p-value is 1.
 */
export function sameShares(first: readonly number[], second: readonly number[]): CountsTest {
  const [n, m] = [total(first), total(second)];
  const parts = pooled(
    first.map((count, category): Pair => [count, second[category]]),
    (leastExpected * (n + m)) / Math.min(n, m),
  );
  // (a - n c / N)^2 (N / (n c) + N / (m c)), where a of the c that there are in all are of the first set.
  const statistic = parts.reduce((sum, [a, b]) => sum + (a * m - b * n) ** 2 / ((a + b) * n * m), 0);
  const degreesOfFreedom = Math.max(0, parts.length - 1);
  return { statistic, degreesOfFreedom, pValue: chiSquareTail(statistic, degreesOfFreedom) };
}

type Pair = readonly [first: number, second: number];

/** The categories that there are, the rarest put together until each part has `least`. */
function pooled(counts: readonly Pair[], least: number): Pair[] {
  const size = ([a, b]: Pair) => a + b;
  const present = counts.filter((pair) => size(pair) > 0).sort((a, b) => size(a) - size(b));
  const parts: Pair[] = [];
  let rest: Pair = [0, 0];
  for (const pair of present) {
    rest = [rest[0] + pair[0], rest[1] + pair[1]];
    if (size(rest) < least) continue;
    parts.push(rest);
    rest = [0, 0];
  }
  return size(rest) > 0 ? [...parts, rest] : parts;
}

/**
 * P(chi-square of k degrees of freedom >= x), by the finite sums that it has for whole k: exp(-x/2) (x/2)^s / Gamma(s + 1)
 * over s = 0, 1, .. below k/2, for odd k over s = 1/2, 3/2, .. and erfc(sqrt(x/2)) besides (Abramowitz and Stegun 26.4.4-5).
 * 1 where k is 0.
 */
export function chiSquareTail(x: number, k: number): number {
  if (k === 0 || x <= 0) return 1;
  const half = x / 2;
  const isOdd = k % 2 === 1;
  let sum = isOdd ? complementaryErrorFunction(Math.sqrt(half)) : 0;
  // log Gamma(1) and log Gamma(3/2), to begin with.
  let logGamma = isOdd ? Math.log(Math.PI) / 2 - Math.LN2 : 0;
  for (let s = isOdd ? 0.5 : 0; s < k / 2; s++) {
    if (s >= 1) logGamma += Math.log(s);
    sum += Math.exp(s * Math.log(half) - half - logGamma);
  }
  return Math.min(1, sum);
}

/** By its series below 2, by its continued fraction above; the relative error is below 1e-12. */
function complementaryErrorFunction(x: number): number {
  if (x < 2) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
