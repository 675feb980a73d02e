import type { Encoding } from '../../src/flow/encoding/encoding.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import type { Own } from '../../src/http/services.ts';
import { categoryColumn, numberColumn } from './encodings.ts';

interface Group {
  readonly share: number;
  readonly mean: readonly number[];
  /** Lower triangular: x = mean + root z. */
  readonly root: readonly (readonly number[])[];
}

/** Normal distributions of x, y and w with correlations, one for each group. */
export const groups: readonly Group[] = [
  { share: 0.3, mean: [-2, 1, 0], root: [[0.5], [0.4, 0.3], [-0.6, 0.2, 0.5]] },
  { share: 0.7, mean: [1, 0, 2], root: [[1], [-0.5, 1], [0.9, 0.3, 0.4]] },
];

export const encoding: Encoding = {
  columns: [
    ...['x', 'y', 'w'].map((name) => numberColumn({ name })),
    categoryColumn(2, { name: 'group', categories: ['a', 'b'] }),
  ],
  context: [],
};

/** What a model says that has learned these groups exactly; x, y, w and the group's code in a row. */
export const exactModel: Own['serving'] = {
  otherColumns: async () => [],
  encoding: async () => encoding,
  logProb: async (_id, rows, count) =>
    Float64Array.from({ length: count }, (_, row) => logDensity(rows.subarray(4 * row, 4 * row + 4))),
  sample: async (_id, { n, seed }) => groupRows(n, new RandomStream(seed, 'noise')),
  async calibration(id) {
    const scores = await exactModel.logProb(id, groupRows(2000, new RandomStream(99, 'noise')), 2000);
    return { scores: scores.sort(), groups: [], groupOf: new Float64Array() };
  },
  flows: async () => [{ base: { type: 'normal' }, layers: [] }],
  steps: async () => ({ states: [], base: new Float64Array(), rows: new Float64Array(), hyperplanes: [] }),
  onnx: async () => new Uint8Array(),
  forget() {},
};

/** Rows [count, 4]. */
export function groupRows(count: number, random: RandomStream): Float64Array {
  const rows = Array.from({ length: count }, () => {
    const group = random.uniform() < groups[0].share ? 0 : 1;
    const { mean, root } = groups[group];
    const z = mean.map(() => random.normal());
    return [...mean.map((value, i) => value + root[i].reduce((sum, factor, j) => sum + factor * z[j], 0)), group];
  });
  return Float64Array.from(rows.flat());
}

/** Zero for a row with a gap, as for a model that has seen none. */
function logDensity(row: Float64Array): number {
  const group = groups[row[3]];
  if (!group || row.some(Number.isNaN)) return Number.NEGATIVE_INFINITY;
  return Math.log(group.share) + logNormal([row[0], row[1], row[2]], group.mean, covarianceOf(group));
}

/** The density of some of x, y and w, by their places, the others integrated out, in the groups named. */
export function marginal(places: readonly number[], values: readonly number[], of: readonly Group[] = groups): number {
  return of.reduce((sum, group) => {
    const covariance = covarianceOf(group);
    const part = places.map((i) => places.map((j) => covariance[i][j]));
    return (
      sum +
      group.share *
        Math.exp(
          logNormal(
            values,
            places.map((i) => group.mean[i]),
            part,
          ),
        )
    );
  }, 0);
}

const covarianceOf = ({ root }: Group) =>
  root.map((a) => root.map((b) => a.reduce((sum, factor, j) => sum + factor * (b[j] ?? 0), 0)));

/** By Cholesky's decomposition. */
function logNormal(x: readonly number[], mean: readonly number[], covariance: readonly (readonly number[])[]): number {
  const root: number[][] = [];
  const z: number[] = [];
  let total = 0;
  for (let i = 0; i < x.length; i++) {
    root.push([]);
    const dot = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, value, k) => sum + value * (b[k] ?? 0), 0);
    for (let j = 0; j < i; j++) root[i].push((covariance[i][j] - dot(root[i], root[j])) / root[j][j]);
    const diagonal = Math.sqrt(covariance[i][i] - dot(root[i], root[i]));
    z.push((x[i] - mean[i] - dot(root[i], z)) / diagonal);
    root[i].push(diagonal);
    total -= z[i] ** 2 / 2 + Math.log(diagonal) + Math.log(2 * Math.PI) / 2;
  }
  return total;
}
