import type { PairTable } from './table.ts';

/** Pearson's correlation of two columns in each series, over the rows that have both; undefined where there is none. */
export function correlationsOf(
  { columns, values, seriesOf, series, count }: PairTable,
  a: number,
  b: number,
): (number | undefined)[] {
  if (!isOrdered(columns[a]) || !isOrdered(columns[b])) return series.map(() => undefined);
  const sums = series.map(() => ({ n: 0, a: 0, b: 0, aa: 0, bb: 0, ab: 0 }));
  const [numbersOfA, numbersOfB] = [numbersOf(columns[a], values[a]), numbersOf(columns[b], values[b])];
  for (let point = 0; point < count; point++) {
    const [x, y] = [numbersOfA(point), numbersOfB(point)];
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    const sum = sums[seriesOf[point]];
    // By running means: sums of squares of dates would leave nothing of their differences.
    sum.n++;
    const [dx, dy] = [x - sum.a, y - sum.b];
    sum.a += dx / sum.n;
    sum.b += dy / sum.n;
    sum.aa += dx * (x - sum.a);
    sum.bb += dy * (y - sum.b);
    sum.ab += dx * (y - sum.b);
  }
  return sums.map(({ aa, bb, ab }) => (aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : undefined));
}

type Column = PairTable['columns'][number];

/** Of two categories, such as false and true, one is more than the other; of three, none is. */
const isOrdered = ({ kind, categories }: Column) => kind !== 'category' || categories.length === 2;

/** Categories without their jitter. */
const numbersOf = ({ kind }: Column, values: Float64Array) =>
  kind === 'category' ? (point: number) => Math.floor(values[point]) : (point: number) => values[point];
