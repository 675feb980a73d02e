import { type Encoding, isNumber } from '../flow/encoding/encoding.ts';
import { type GridDensity, gridDensity } from '../serving/grid.ts';
import { strongestPairs } from '../statistics/correlation.ts';

export interface EstimateTask {
  readonly encoding: Encoding;
  /** Samples of the model in codes, [n, columns], row-major. */
  readonly rows: Float64Array;
}

export interface Estimates {
  /** Of the columns in order, as far as there is room for them. */
  readonly marginals: readonly GridDensity[];
  /** Of the pairs of numbers that are correlated most. */
  readonly joints: readonly GridDensity[];
}

export const mostMarginals = 60;
const mostJoints = 3;
/** Columns, and samples, by which it is found which of them go together. */
const comparedColumns = 60;
const comparedRows = 2000;
/** Points along each axis, of one column and of two. */
export const points = { 1: 100, 2: 64 } as const;

/** What a report shows of a model's densities, of more columns than it shows at once: estimated from samples. */
export async function estimates({ encoding, rows }: EstimateTask): Promise<Estimates> {
  const density = (...places: number[]) => {
    const resolution = points[places.length === 1 ? 1 : 2];
    const axes = places.map((column) => ({ column, resolution }));
    const samples = rows.length / encoding.columns.length;
    return gridDensity(drawn(encoding, rows), '', { axes, given: new Map(), context: [], samples, seed: 0 });
  };
  const width = encoding.columns.length;
  const [marginals, joints]: GridDensity[][] = [[], []];
  if (width > 1)
    for (const place of [...encoding.columns.keys()].slice(0, mostMarginals)) marginals.push(await density(place));
  if (width > 2) for (const [first, second] of pairs(encoding, rows)) joints.push(await density(first, second));
  return { marginals, joints };
}

function drawn(encoding: Encoding, rows: Float64Array): Parameters<typeof gridDensity>[0] {
  return {
    encoding: async () => encoding,
    sample: async () => rows,
    logProb: () => Promise.reject(new Error('The model is not at hand where its samples are.')),
  };
}

/** Where there are too few numbers the first columns. */
function pairs({ columns }: Encoding, rows: Float64Array): [number, number][] {
  const width = columns.length;
  const places = [...columns.keys()].filter((place) => isNumber(columns[place])).slice(0, comparedColumns);
  if (places.length < 2) return [[0, 1]];
  const compared = rows.subarray(0, comparedRows * width);
  return strongestPairs(compared, { width, places, most: mostJoints }).map(({ first, second }) => [first, second]);
}
