import { type Cell, toCell } from '../tables/cells.ts';
import type { NamedRows } from '../tables/named-rows.ts';
import { answer, api } from './client.ts';
import { ApiError } from './problem.ts';

/** Some rows of a dataset. Throws ApiError. */
export async function datasetRows(id: string, query: { offset?: number; limit: number }): Promise<NamedRows> {
  const body = await answer(api.GET('/v1/datasets/{id}/rows', { params: { path: { id }, query } }));
  if (typeof body === 'string') throw new ApiError('The rows came as text, where JSON was asked for.');
  return { names: body.columns, rows: body.rows.map((row): Cell[] => row.map(toCell)) };
}
