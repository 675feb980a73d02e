/**
 * What means and variances are made of. Those of two lots of numbers add up to those of all, in whichever order and however they
 * are grouped (Chan, Golub and LeVeque 1979), so that several may count at once.
 */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** The sum of the squared deviations from the mean. */
  readonly squares: number;
}

/** Of pairs: besides, the sum of the products of the two deviations. */
export interface PairMoments {
  readonly x: Moments;
  readonly y: Moments;
  readonly products: number;
}

export const noMoments: Moments = { count: 0, mean: 0, squares: 0 };
export const noPairs: PairMoments = { x: noMoments, y: noMoments, products: 0 };

export function momentsOf(values: readonly number[]): Moments {
  return values.map((mean) => ({ count: 1, mean, squares: 0 })).reduce(moments, noMoments);
}

/** Of two lots together. */
export function moments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  const count = a.count + b.count;
  const difference = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (difference * b.count) / count,
    squares: a.squares + b.squares + (difference ** 2 * a.count * b.count) / count,
  };
}

/** Of xs and ys of the same length, the pairs being those at the same place. */
export function pairMomentsOf(xs: readonly number[], ys: readonly number[]): PairMoments {
  return xs
    .map((x, place) => ({ x: momentsOf([x]), y: momentsOf([ys[place]]), products: 0 }))
    .reduce(pairMoments, noPairs);
}

/** Of two lots of pairs together. */
export function pairMoments(a: PairMoments, b: PairMoments): PairMoments {
  const count = a.x.count + b.x.count;
  if (count === 0) return noPairs;
  const between = ((b.x.mean - a.x.mean) * (b.y.mean - a.y.mean) * a.x.count * b.x.count) / count;
  return { x: moments(a.x, b.x), y: moments(a.y, b.y), products: a.products + b.products + between };
}

/** Of the mean, if the numbers are independent; null where there are fewer than two. */
export function standardError({ count, squares }: Moments): number | null {
  return count < 2 ? null : Math.sqrt(squares / (count - 1) / count);
}

/** Pearson's; null where either side does not vary. */
export function correlation({ x, y, products }: PairMoments): number | null {
  const scale = Math.sqrt(x.squares) * Math.sqrt(y.squares);
  return scale > 0 ? Math.max(-1, Math.min(1, products / scale)) : null;
}
