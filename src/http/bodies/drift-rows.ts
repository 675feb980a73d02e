import type { Encoding } from '../../flow/encoding/encoding.ts';
import { RandomStream } from '../../flow/random/stream.ts';
import { scorableRows } from '../../scoring/scores.ts';
import { addDataset, RowReservoir } from '../../serving/drift-rows.ts';
import type { Dataset } from '../../store/datasets.ts';
import { ConflictError, NotFoundError } from '../../store/errors.ts';
import { type ColumnCodes, codesOf, formOf } from '../../table/codes.ts';
import { TableError } from '../../table/errors.ts';
import { problemError } from '../../table/row-problems.ts';
import { scoredRows } from '../answers/scored-rows.ts';
import type { Own, RouteServices } from '../services.ts';
import { datasetOrRows } from './dataset-body.ts';
import type { TableBody } from './table-body.ts';

/** Rows, and cells, of either side that are compared, at most: more would tell what matters to nobody. */
const mostRows = 20_000;
const mostCells = 4_000_000;

export interface DriftModel {
  readonly id: string;
  readonly encoding: Encoding;
  /** Of the columns and the context. */
  readonly codes: readonly ColumnCodes[];
}

export function driftModel(id: string, encoding: Encoding): DriftModel {
  return { id, encoding, codes: scorableRows(encoding).codes };
}

function reservoirFor({ codes: { length: width } }: DriftModel, seed: number): RowReservoir {
  return new RowReservoir(
    width,
    Math.min(mostRows, Math.ceil(mostCells / width)),
    new RandomStream(seed, 'inspection'),
  );
}

/** The rows of a body, or of the dataset that it names. Throws TableError, RequestError, and NotFoundError. */
export async function batchRows(
  { datasets, serving }: Own,
  model: DriftModel,
  body: TableBody,
  { config, gone }: Pick<RouteServices, 'config'> & { gone: AbortSignal },
): Promise<RowReservoir> {
  const reservoir = reservoirFor(model, 0);
  const ignored = await serving.otherColumns(model.id);
  const source = await datasetOrRows(body);
  if ('datasetId' in source) {
    const dataset = await datasets.get(source.datasetId);
    checkColumns(dataset, model.codes);
    await addDataset(reservoir, datasets, dataset, model.codes);
  } else
    for await (const { rows, problems } of scoredRows(source.rows, { columns: model.codes, ignored }, config, gone)) {
      const malformed = problems.find(({ code }) => code === 'row-length');
      if (malformed) throw problemError(malformed);
      reservoir.add(rows);
    }
  return reservoir;
}

/** Throws TableError where the dataset lacks a column of the model, or has another kind of values in it. */
function checkColumns({ columns }: Dataset, codes: readonly ColumnCodes[]): void {
  for (const asked of codes) {
    const name = JSON.stringify(asked.name);
    const column = columns.find((candidate) => candidate.name === asked.name);
    if (!column) throw new TableError('column-names', `The dataset has no column ${name}.`);
    const [expected, got] = [asked, codesOf(column)].map(valuesOf);
    if (got !== expected)
      throw new TableError('column-type', `Column ${name} of the dataset holds ${got}, not ${expected}.`);
  }
}

function valuesOf(codes: ColumnCodes): string {
  if (codes.kind === 'number') return 'numbers';
  return { number: 'numbers as categories', boolean: 'true and false', text: 'texts' }[formOf(codes.categories)];
}

export interface ReferenceRows {
  readonly kind: 'dataset' | 'samples';
  readonly rows: Float64Array;
}

/** What columns are compared with: the dataset of the model while it is there, else samples, unless they need a context. */
export async function referenceRows(
  { datasets, models, serving }: Own,
  model: DriftModel,
): Promise<ReferenceRows | undefined> {
  const { id, encoding, codes } = model;
  const { datasetId } = await models.get(id);
  if (datasetId !== null) {
    const reservoir = reservoirFor(model, 1);
    const found = await datasets
      .get(datasetId)
      .then((dataset) => addDataset(reservoir, datasets, dataset, codes))
      .then(() => true, deletedMeanwhile);
    if (found) return { kind: 'dataset', rows: reservoir.rows };
  }
  if (encoding.context.length > 0) return undefined;
  const n = Math.min(mostRows, Math.ceil(mostCells / codes.length));
  return { kind: 'samples', rows: await serving.sample(id, { n, seed: 1 }) };
}

function deletedMeanwhile(error: unknown): false {
  if (error instanceof NotFoundError) return false;
  throw error;
}

export interface ReferenceScores {
  readonly kind: 'held-out' | 'samples';
  readonly logProb: Float64Array;
}

/**
 * What log-densities are compared with: those of rows that the model was not trained on, or where it has none, of its own samples,
 * unless they need a context. Rows that it was trained on would not do: their density is too high.
 */
export async function referenceScores(
  { serving }: Pick<Own, 'serving'>,
  { id, encoding }: DriftModel,
): Promise<ReferenceScores | undefined> {
  try {
    return { kind: 'held-out', logProb: (await serving.calibration(id)).scores };
  } catch (error) {
    if (!(error instanceof ConflictError && error.code === 'not-calibrated')) throw error;
  }
  if (encoding.context.length > 0) return undefined;
  const samples = await serving.sample(id, { n: mostRows / 4, seed: 2 });
  return { kind: 'samples', logProb: await serving.logProb(id, samples, mostRows / 4) };
}
