import { answer, api } from '../../../api/client.ts';
import { datasetRows } from '../../../api/dataset-rows.ts';
import { ApiError } from '../../../api/problem.ts';
import type { Model } from '../../../api/types.ts';
import { useAnswer } from '../../../state/use-answer.ts';
import { type Cell, toCell } from '../../../tables/cells.ts';
import { type Field, fieldsOf, fieldsOfRows } from '../../../tables/fields.ts';
import { inOrder } from '../../../tables/named-rows.ts';

/** What the values of a model's columns are, and some rows to begin with. */
export interface Fields {
  readonly fields: readonly Field[];
  readonly rows: readonly (readonly Cell[])[];
}

const firstRows = 5;
/** Enough to see what a column holds, where only the model can tell. */
const tellingRows = 300;

/** Of the dataset, or where that is gone of the model's own samples. */
export function useFields(model: Model) {
  return useAnswer(() => fieldsFor(model), [model.id]);
}

async function fieldsFor({ id, datasetId, columns, context }: Model): Promise<Fields> {
  const names = { columns, context };
  const all = [...columns, ...context];
  if (datasetId !== null) {
    const [dataset, rows] = await Promise.all([
      answer(api.GET('/v1/datasets/{id}', { params: { path: { id: datasetId } } })),
      datasetRows(datasetId, { limit: firstRows }),
    ]);
    return { fields: fieldsOf(names, dataset.columns), rows: inOrder(rows, all) };
  }
  // What is given cannot be drawn, nor what depends on it.
  if (context.length > 0) return { fields: fieldsOf(names, []), rows: [all.map(() => null)] };
  const query = { n: tellingRows, seed: 1 };
  const drawn = await answer(api.GET('/v1/models/{id}/sample', { params: { path: { id }, query } }));
  if (typeof drawn === 'string') throw new ApiError('The rows came as text, where JSON was asked for.');
  const rows = drawn.rows.map((row) => row.map(toCell));
  return { fields: fieldsOfRows(names, rows), rows: rows.slice(0, firstRows) };
}
