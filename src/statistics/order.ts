/**
 * The quantile of the `rank`-th least of `count` uniform numbers on (0, 1), which has the beta distribution of rank and
 * count - rank + 1: it is at most x with the chance that at least `rank` of the numbers are. 0 where rank is 0.
 */
export function orderQuantile(rank: number, count: number, chance: number): number {
  if (rank === 0) return 0;
  let [low, high] = [0, 1];
  // Halved so often, the interval is below what double precision tells of numbers like these.
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2;
    if (1 - fewer(rank, count, middle) < chance) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The chance that fewer than `rank` of `count` trials succeed, each with the chance x. */
function fewer(rank: number, count: number, x: number): number {
  // By logarithms: (1 - x)^count alone may be no number.
  let logTerm = count * Math.log1p(-x);
  let sum = 0;
  for (let successes = 0; successes < rank; successes++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((count - successes) / (successes + 1)) + Math.log(x) - Math.log1p(-x);
  }
  return sum;
}
