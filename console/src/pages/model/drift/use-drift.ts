import { answer, api } from '../../../api/client.ts';
import { ApiError } from '../../../api/problem.ts';
import type { Dataset, Model } from '../../../api/types.ts';
import { type Shape, shapeOfSummary, shapeOfValues } from '../../../plots/shapes.ts';
import { useAnswer } from '../../../state/use-answer.ts';
import type { Cell } from '../../../tables/cells.ts';
import { readTable, type TableSource, tableError } from '../rows/table-source.ts';

/** How a column lies in the reference and in the new rows, where both are known. */
export interface ShapePair {
  readonly reference: Shape;
  readonly batch: Shape;
}

/** Whether a table comes from another distribution than a model was trained on, and how its columns lie. */
export function useDrift(model: Model, source: TableSource, level: number) {
  // The shapes do not depend on the level.
  const table = useAnswer(() => readBatch(model, source), [model.id, source]);
  const finding = useAnswer(async () => {
    if (!table.body) return undefined;
    const { body } = table.body;
    return answer(api.POST('/v1/models/{id}/drift', { params: { path: { id: model.id }, query: { level } }, body }));
  }, [model.id, table.body, level]);
  const error = table.error ?? finding.error;
  const body = table.body && finding.body ? { ...finding.body, shapes: table.body.shapes } : undefined;
  return { body, error, reload: table.error ? table.reload : finding.reload };
}

interface Batch {
  readonly body: { rows: Cell[][] } | { datasetId: string };
  readonly shapes: ReadonlyMap<string, ShapePair>;
}

async function readBatch(model: Model, source: TableSource): Promise<Batch> {
  const names = [...model.columns, ...model.context];
  const reference = model.datasetId === null ? undefined : await datasetOf(model.datasetId).catch(deleted);
  if (source.kind === 'dataset') {
    const batch = await datasetOf(source.id);
    return { body: { datasetId: source.id }, shapes: pairs(names, reference, (name) => summaryShape(batch, name)) };
  }
  const rows: Cell[][] = [];
  try {
    await readTable(source, names, async (block) => {
      rows.push(...block);
    });
  } catch (thrown) {
    throw tableError(thrown);
  }
  const ofColumn = (name: string, shape: Shape) => {
    const place = names.indexOf(name);
    return shapeOfValues(
      rows.map((row) => row[place]),
      shape,
    );
  };
  return { body: { rows }, shapes: pairs(names, reference, ofColumn) };
}

const datasetOf = (id: string) => answer(api.GET('/v1/datasets/{id}', { params: { path: { id } } }));

function deleted(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 404) return undefined;
  throw error;
}

function summaryShape(dataset: Dataset, name: string): Shape | undefined {
  const column = dataset.columns.find((candidate) => candidate.name === name);
  return column && shapeOfSummary(column.summary);
}

function pairs(
  names: readonly string[],
  reference: Dataset | undefined,
  batchShape: (name: string, reference: Shape) => Shape | undefined,
): Map<string, ShapePair> {
  const known = new Map<string, ShapePair>();
  for (const name of names) {
    const shape = reference && summaryShape(reference, name);
    const batch = shape && batchShape(name, shape);
    if (batch && batch.kind === shape.kind) known.set(name, { reference: shape, batch });
  }
  return known;
}
