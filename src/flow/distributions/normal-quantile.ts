/**
 * The x at which the standard normal distribution function is p, for 0 < p < 1, to within a few rounding errors of p.
 * Newton's method from the mean: the function is concave on that side of it on which x lies (by symmetry, if p < 1/2), so
 * that no step goes too far.
 */
export function normalQuantile(p: number): number {
  if (p < 0.5) return -normalQuantile(1 - p);
  const improved = (x: number) => x + (p - distribution(x)) / density(x);
  let [x, next] = [0, improved(0)];
  while (next > x) [x, next] = [next, improved(next)];
  return x;
}

const density = (x: number) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** 1/2 + density(x) (x + x^3 / 3 + x^5 / (3 5) + ..), for x >= 0 (Marsaglia 2004). */
function distribution(x: number): number {
  let total = 0;
  let term = x;
  for (let odd = 3; total + term !== total; odd += 2) {
    total += term;
    term *= (x * x) / odd;
  }
  return 0.5 + density(x) * total;
}
