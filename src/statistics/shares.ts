/** How far apart two sets of counts, [categories], are. */

/** Half the sum of the differences of the shares: the most by which the probability of anything differs; 0 to 1. */
export function totalVariation(first: readonly number[], second: readonly number[]): number {
  const [n, m] = [total(first), total(second)];
  return first.reduce((sum, count, category) => sum + Math.abs(count / n - second[category] / m), 0) / 2;
}

/**
 * The population stability index, sum (a - b) log(a / b) over the shares a and b: both Kullback-Leibler divergences together, in
 * nats. Half a row is added to each count, so that a category that one set lacks does not make it infinite.
 */
export function stabilityIndex(first: readonly number[], second: readonly number[]): number {
  const all = (counts: readonly number[]) => total(counts) + counts.length / 2;
  const [n, m] = [all(first), all(second)];
  return first.reduce((sum, count, category) => {
    const [a, b] = [(count + 0.5) / n, (second[category] + 0.5) / m];
    return sum + (a - b) * Math.log(a / b);
  }, 0);
}

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
