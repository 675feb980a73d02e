import type { Plane } from '../../flow/layer-path.ts';

/** What is shown of rows on their way between base and data. */
export interface Shown {
  /** Two columns of numbers, by their places among the model's columns. */
  readonly columns: Plane;
  /** Where they stand among the flow's numbers: at the base, and behind each layer on the way to the data. */
  readonly planes: readonly Plane[];
}

/** So many digits after the first of what the middle half of the points span. */
const digits = 5;

/**
 * Points [x, y, x, y, ..] as the inside of a JSON array: a thread writes it, for there are many. Coordinates are rounded to a small
 * part of their spread, however large they are; those that are no number are null.
 */
export function written(points: Float64Array): string {
  const decimals = [0, 1].map((axis) => decimalsFor(points.filter((_, index) => index % 2 === axis)));
  const numbers: string[] = new Array(points.length);
  for (let index = 0; index < points.length; index++) {
    const value = points[index];
    numbers[index] = Number.isFinite(value) ? String(Number(value.toFixed(decimals[index % 2]))) : 'null';
  }
  return numbers.join(',');
}

function decimalsFor(values: Float64Array): number {
  const sorted = values.filter(Number.isFinite).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  const spread = at(0.75) - at(0.25) || at(1) - at(0) || Math.abs(at(0)) || 1;
  // What toFixed takes.
  return Math.min(100, Math.max(0, digits - Math.floor(Math.log10(spread))));
}
