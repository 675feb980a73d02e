import type { TensorValues } from '../../flow/graph/program.ts';
import type { RandomStream } from '../../flow/random/stream.ts';
import { checkWidths, type Sample, sampleOf } from './samples.ts';

export interface TwoSampleTest {
  /** The energy distance; 0 only where both samples hold the same rows in the same proportions. */
  readonly statistic: number;
  /** The energy distance over the mean distance between the samples, twice: from 0, the same, to 1, each a single point. */
  readonly coefficient: number;
  /** The chance of an energy distance as large or larger, were both samples from the same distribution. */
  readonly pValue: number;
  readonly rows: readonly [first: number, second: number];
  readonly permutations: number;
}

/**
 * The energy distance of two samples [n, width] and [m, width] (Szekely and Rizzo 2013, "Energy statistics: a class of
 * statistics based on distances"), with Euclidean distances,
 *
 *     E = 2 mean |x - y| - mean |x - x'| - mean |y - y'|,   coefficient H = E / (2 mean |x - y|),
 *
 * and its p-value, (1 + permutations with such an E or a larger one) / (1 + permutations), which is valid for any number
 * of rows. Time and memory grow as (n + m)^2: more than about 1,000 rows in all are best passed through `subsample`.
 * Where rows end with a context that both samples share, the p-value errs to the side of 1.
 * Throws ShapeError and EvaluationError as `sampleOf` does.
 */
export function twoSampleTest(
  first: TensorValues,
  second: TensorValues,
  random: RandomStream,
  permutations = 199,
): TwoSampleTest {
  const [x, y] = [sampleOf('First sample', first), sampleOf('Second sample', second)];
  checkWidths({ 'First sample': x, 'Second sample': y });
  const [[n], [m]] = [x.shape, y.shape];
  const pooled = new PooledDistances(x, y);
  const identity = Int32Array.from({ length: n }, (_, index) => index);
  const { energy, between } = pooled.energyOf(identity);
  // Equal energies come out of sums in another order, and must count as equal.
  const atLeast = energy - 1e-12 * between;
  let asLarge = 0;
  for (let permutation = 0; permutation < permutations; permutation++) {
    const members = random.permutation(n + m).subarray(0, n);
    if (pooled.energyOf(members).energy >= atLeast) asLarge++;
  }
  return {
    statistic: energy,
    coefficient: between > 0 ? energy / (2 * between) : 0,
    pValue: (1 + asLarge) / (1 + permutations),
    rows: [n, m],
    permutations,
  };
}

/** The distances between all rows of two samples, computed once for every way to part them into two groups. */
class PooledDistances {
  readonly #rows: number;
  /** [rows, rows] */
  readonly #distances: Float64Array;
  readonly #rowSums: Float64Array;
  readonly #total: number;

  constructor(x: Sample, y: Sample) {
    const [n, width] = x.shape;
    const rows = n + y.shape[0];
    const values = new Float64Array(rows * width);
    values.set(x.values);
    values.set(y.values, n * width);
    this.#rows = rows;
    this.#distances = new Float64Array(rows * rows);
    this.#rowSums = new Float64Array(rows);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < i; j++) {
        let square = 0;
        for (let column = 0; column < width; column++)
          square += (values[i * width + column] - values[j * width + column]) ** 2;
        const distance = Math.sqrt(square);
        this.#distances[i * rows + j] = distance;
        this.#distances[j * rows + i] = distance;
        this.#rowSums[i] += distance;
        this.#rowSums[j] += distance;
      }
    this.#total = this.#rowSums.reduce((sum, value) => sum + value, 0);
  }

  /** The energy distance between the rows named and all others, and the mean distance between the two groups. */
  energyOf(members: Int32Array): { energy: number; between: number } {
    const n = members.length;
    const m = this.#rows - n;
    let [withinSum, memberSum] = [0, 0];
    for (let i = 0; i < n; i++) {
      const offset = members[i] * this.#rows;
      memberSum += this.#rowSums[members[i]];
      // Each pair once: this loop is where the time goes.
      for (let j = 0; j < i; j++) withinSum += this.#distances[offset + members[j]];
    }
    // The rest follows from sums over whole rows, without a second and a third loop.
    const within = (2 * withinSum) / n ** 2;
    const between = (memberSum - 2 * withinSum) / (n * m);
    const withinOthers = (this.#total - 2 * memberSum + 2 * withinSum) / m ** 2;
    return { energy: Math.max(0, 2 * between - within - withinOthers), between };
  }
}
