import { answer, api } from '../../../api/client.ts';
import { toApiError } from '../../../api/problem.ts';
import type { Dataset } from '../../../api/types.ts';

/** The table that a model was trained on, as far as it is still stored. */
export async function readTable(id: string | null): Promise<{ readonly dataset: Dataset | undefined }> {
  if (id === null) return { dataset: undefined };
  try {
    return { dataset: await answer(api.GET('/v1/datasets/{id}', { params: { path: { id } } })) };
  } catch (error) {
    // It went while this was looked at.
    if (toApiError(error).status === 404) return { dataset: undefined };
    throw error;
  }
}

/** Rows that are drawn over a density, at most: more would hide it. */
export const mostPoints = 1000;

/** Two columns of the table's first rows, of those that have both. */
export async function readPoints(id: string, x: string, y: string): Promise<[x: number, y: number][]> {
  const query = { limit: mostPoints };
  const body = await answer(api.GET('/v1/datasets/{id}/rows', { params: { path: { id }, query } }));
  if (typeof body === 'string') return [];
  const [across, up] = [body.columns.indexOf(x), body.columns.indexOf(y)];
  return body.rows.flatMap((row): [number, number][] => {
    const [first, second] = [row[across], row[up]];
    return typeof first === 'number' && typeof second === 'number' ? [[first, second]] : [];
  });
}
