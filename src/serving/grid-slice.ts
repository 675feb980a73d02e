import { type Encoding, isNumber } from '../flow/encoding/encoding.ts';
import { GridError } from './grid-error.ts';
import type { OwnServing } from './own-serving.ts';

export interface Slice {
  readonly serving: Pick<OwnServing, 'logProb'>;
  readonly id: string;
  readonly encoding: Encoding;
  /** Samples of the model [n, columns], in codes. */
  readonly rows: Float64Array;
  /** Codes of columns by their place; NaN is a missing cell. */
  readonly given: ReadonlyMap<number, number>;
  readonly context: readonly number[];
}

/** Of the samples, the nearest ones that are scored, at most. */
const scoredShare = 1 / 4;

/**
 * A weight for each sample, such that the weighted samples are of the distribution given the values `v` of some columns.
 *
 * With r the other columns, a sample (v_s, r_s) near v has the weight p(v, r_s) / p(v_s, r_s), others 0. Over all samples that
 * comes to integral p(v', r) p(v, r) / p(v', r) dv' over the v' that are near: p(v, r) times a constant, whatever near means, as
 * long as only v' decides on it (importance weighted marginal density estimation: Chen 1994). Categories, and missing cells, have
 * to be the same. Near is what makes the weights worth the most samples, (sum w)^2 / sum w^2.
 * Throws GridError where there are no samples with the given categories, or all weights are zero.
 */
export async function sliceWeights({ serving, id, encoding, rows, given, context }: Slice): Promise<Float64Array> {
  const width = encoding.columns.length;
  const weights = new Float64Array(rows.length / width);
  if (given.size === 0) return weights.fill(1);
  const near = nearest(encoding, rows, given);
  const inputs = width + context.length;
  const before = new Float64Array(near.length * inputs);
  for (const [index, sample] of near.entries()) {
    before.set(rows.subarray(sample * width, (sample + 1) * width), index * inputs);
    before.set(context, index * inputs + width);
  }
  const after = before.slice();
  for (let row = 0; row < after.length; row += inputs) for (const [place, code] of given) after[row + place] = code;
  const [logBefore, logAfter] = await Promise.all([before, after].map((all) => serving.logProb(id, all, near.length)));
  const logRatios = logAfter.map((value, index) => value - logBefore[index]);
  const top = logRatios.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(top))
    throw new GridError('None of the samples are near to what is given: its density is zero, or nearly');
  const ratios = logRatios.map((value) => Math.exp(value - top));
  const used = mostEffective(ratios);
  for (let index = 0; index < used; index++) weights[near[index]] = ratios[index];
  return weights;
}

/** The samples with the given categories whose given numbers are nearest, in the order of their distance. */
function nearest({ columns }: Encoding, rows: Float64Array, given: ReadonlyMap<number, number>): number[] {
  const width = columns.length;
  const count = rows.length / width;
  const same: number[] = [];
  const distances = new Float64Array(count);
  const scales = deviations(columns.length, rows, given.keys());
  let hasNumbers = false;
  for (const [place, code] of given) if (isNumber(columns[place]) && !Number.isNaN(code)) hasNumbers = true;
  for (let sample = 0; sample < count; sample++) {
    for (const [place, code] of given) {
      const value = rows[sample * width + place];
      distances[sample] += squaredDistance(value, code, isNumber(columns[place]) ? (scales.get(place) ?? 0) : 0);
    }
    if (Number.isFinite(distances[sample])) same.push(sample);
  }
  if (!hasNumbers) return same;
  return same.sort((a, b) => distances[a] - distances[b]).slice(0, Math.ceil(scoredShare * same.length));
}

/** In scales, infinite between a missing cell and a value; scale 0 makes any difference infinite. */
function squaredDistance(value: number, code: number, scale: number): number {
  if (value === code || (Number.isNaN(value) && Number.isNaN(code))) return 0;
  const distance = (value - code) / scale;
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance ** 2;
}

/** Of some columns of the samples, whose missing cells are left out. */
function deviations(width: number, rows: Float64Array, places: Iterable<number>): Map<number, number> {
  const deviation = (place: number) => {
    let [count, mean, squares] = [0, 0, 0];
    for (let at = place; at < rows.length; at += width) {
      if (Number.isNaN(rows[at])) continue;
      const change = rows[at] - mean;
      mean += change / ++count;
      squares += change * (rows[at] - mean);
    }
    return squares > 0 ? Math.sqrt(squares / count) : 1;
  };
  return new Map(Array.from(places, (place) => [place, deviation(place)]));
}

/** How many of the first weights are together worth the most samples. */
function mostEffective(weights: Float64Array): number {
  let [sum, squares, best, used] = [0, 0, 0, weights.length];
  weights.forEach((weight, index) => {
    sum += weight;
    squares += weight * weight;
    const effective = squares > 0 ? (sum * sum) / squares : 0;
    if (effective > best) [best, used] = [effective, index + 1];
  });
  return used;
}
