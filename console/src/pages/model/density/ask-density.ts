import { answer, api } from '../../../api/client.ts';
import type { operations } from '../../../api/schema';
import { compactCount, number, percent } from '../../../parts/format.ts';
import { type Given, writeGiven } from './given.ts';

export type DensityBody = operations['getDensity']['responses'][200]['content']['application/json'];

interface Asked {
  readonly x: string;
  readonly y?: string;
  readonly resolution?: number;
  readonly samples?: number;
  readonly given: Given;
}

export function askDensity(id: string, { given, ...asked }: Asked): Promise<DensityBody> {
  const text = writeGiven(given);
  const query = { ...asked, ...(text && { given: text }) };
  return answer(api.GET('/v1/models/{id}/density', { params: { path: { id }, query } }));
}

type Values = DensityBody['density'];

/** Over one column. */
export const line = (values: Values) => values.flat();

/** Over two, a row for each value of the second. */
export const grid = (values: Values) => values.map((row) => (typeof row === 'number' ? [row] : row));

/** How it was found, how far it may be off, and how much of it there is to see. */
export function howSure({ method, standardError, density, samples, integral }: DensityBody): string {
  const held = `${percent(Math.min(1, integral))} of it lies within the figure.`;
  if (method === 'exact' || !standardError) return `Exact: the model’s own density. ${held}`;
  const [error, highest] = [Math.max(...line(standardError)), Math.max(...line(density))];
  return `Estimated from samples worth ${compactCount(Math.round(samples ?? 0))} independent ones: the standard error is ${number(error)} at most, ${percent(error / highest)} of the highest density. ${held}`;
}
