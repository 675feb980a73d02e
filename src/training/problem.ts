import type { FlowSpec } from '../flow/flow.ts';
import { NotFoundError } from '../store/errors.ts';
import type { Model } from '../store/model.ts';
import type { Store } from '../store/store.ts';
import { readMatrix } from '../table/matrix.ts';
import type { MissingPolicy } from './columns.ts';
import type { FitProblem } from './fit.ts';
import type { RaceRecord } from './race-record.ts';
import { resolveTraining, type TrainingOptions } from './recipe.ts';
import { columnCodes, sourceOf } from './sources.ts';

/** The race of a model's candidates as it was recorded last; undefined where it has but one flow. */
export const raceOf = (model: Model): RaceRecord | undefined =>
  // It was written by this service when the model was created.
  (model.race ?? undefined) as RaceRecord | undefined;

/** Reads what a model is to be fitted to. Undefined when its dataset is gone. */
export async function readProblem(
  { datasets }: Pick<Store, 'datasets'>,
  model: Model,
): Promise<FitProblem | undefined> {
  const { datasetId, columns, context, flow, training, seed, missing } = model;
  if (datasetId === null) return undefined;
  try {
    const dataset = await datasets.get(datasetId);
    const all = [...columns, ...context];
    const named = new Map(dataset.columns.map((column) => [column.name, column]));
    const stored = all.map((name) => named.get(name) ?? missingColumn(name));
    const sources = stored.map(sourceOf);
    const values = await readMatrix(datasets.parts(datasetId), sources.map(columnCodes), dataset.rowCount);
    // What was stored was resolved by this service when the model was created.
    const candidates = raceOf(model)?.candidates.map((candidate) => candidate.flow) ?? [flow as unknown as FlowSpec];
    return {
      rows: { values, columns: sources },
      context: context.length,
      missing: missing as MissingPolicy,
      candidates,
      // An earlier version may have, and its recipe lacks what has been added since.
      training: resolveTraining(training as TrainingOptions, { rows: dataset.rowCount }),
      seed,
      threads: 1,
    };
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function missingColumn(name: string): never {
  throw new TypeError(`The dataset of a model has lost its column ${JSON.stringify(name)}`);
}
