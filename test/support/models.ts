import type { DatasetPart } from '../../src/store/dataset-parts.ts';
import type { Dataset } from '../../src/store/datasets.ts';
import type { Model, NewModel } from '../../src/store/model.ts';
import type { Store } from '../../src/store/store.ts';

/** Parts that hold these bytes and ten rows each: to the store a part is opaque. */
export async function* partsOf(...contents: string[]): AsyncGenerator<DatasetPart> {
  for (const content of contents) yield { rowCount: 10, bytes: Buffer.from(content) };
}

export function createDataset(store: Store, name = 'waves'): Promise<Dataset> {
  const columns = [
    {
      name: 'height',
      kind: 'continuous',
      reason: 'fractions',
      ignored: false,
      missingCount: 1,
      summary: { min: 0, max: 2.5 },
    },
  ] as const;
  return store.datasets.create(
    { name, rowCount: 30, byteCount: 15, columns: [...columns], warnings: ['a warning'] },
    partsOf('first', 'second', 'third'),
  );
}

export function newModel(datasetId: string): NewModel {
  return {
    name: 'tides',
    datasetId,
    columns: ['height'],
    context: ['month'],
    flow: { layers: [{ type: 'planar' }] },
    training: { steps: 100 },
    seed: Number.MAX_SAFE_INTEGER,
    parameterCount: 12,
  };
}

/** A queued model, on a dataset of its own, for which no job is queued. */
export async function createModel(store: Store): Promise<Model> {
  const { id } = await createDataset(store);
  return store.models.create(newModel(id), async () => {});
}
