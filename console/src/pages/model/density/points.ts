import { datasetRows } from '../../../api/rows.ts';

/** Rows that are drawn over a density, at most: more would hide it. */
const mostPoints = 1000;

/** Two columns of a dataset's first rows, of those that have both. Throws ApiError. */
export async function readPoints(id: string, x: string, y: string): Promise<[x: number, y: number][]> {
  const { rows } = await datasetRows(id, { limit: mostPoints, columns: [x, y] });
  return rows.flatMap(([across, up]): [number, number][] =>
    typeof across === 'number' && typeof up === 'number' ? [[across, up]] : [],
  );
}
