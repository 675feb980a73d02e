import { sampledPartRows, scoredPartRows } from '../../bulk/sizes.ts';
import type { Limits } from '../../config.ts';
import type { ColumnEncoding, Encoding } from '../../flow/encoding/encoding.ts';
import { defaultAlpha } from '../../scoring/judged-rows.ts';
import type { BulkJobKind, NewBulkJob } from '../../store/bulk-job.ts';
import type { Dataset } from '../../store/datasets.ts';
import { RequestError, type RequestFault } from '../errors.ts';
import type { NewBulkJobBody } from '../schemas/bulk-job.ts';
import type { Own } from '../services.ts';
import { contextCodes } from './context-codes.ts';

type JobLimits = Pick<Limits, 'maxJobRows' | 'maxCells'>;

const optionsOf: Readonly<Record<BulkJobKind, readonly (keyof NewBulkJobBody)[]>> = {
  'log-prob': ['datasetId'],
  anomalies: ['datasetId', 'alpha'],
  sample: ['n', 'seed', 'temperature', 'context'],
};

/**
 * What to do for a request, with every default resolved. Throws NotFoundError, ConflictError where the model is not ready or not
 * calibrated, and RequestError where what is asked for cannot be.
 */
export async function planBulkJob(
  { datasets, models, serving }: Own,
  modelId: string,
  body: NewBulkJobBody,
  limits: JobLimits,
): Promise<NewBulkJob> {
  const { kind, priority, format } = body;
  const encoding = await serving.encoding(modelId);
  checkOptions(body);
  const { name: modelName } = await models.get(modelId);
  const common = { kind, modelId, priority, name: body.name ?? `${kind} of ${modelName}`.slice(0, 200) };
  if (kind === 'sample') return { ...common, ...planSample(body, encoding, limits) };
  if (kind === 'anomalies') await serving.calibration(modelId);
  const dataset = await datasets.get(required(body.datasetId, kind, 'datasetId'));
  checkDataset(dataset, [...encoding.columns, ...encoding.context], limits);
  const { alpha = defaultAlpha } = body;
  const options = { ...(kind === 'anomalies' && { alpha }), format };
  return { ...common, options, rows: { datasetId: dataset.id }, partRows: scoredPartRows };
}

function planSample(
  { n, seed = 0, temperature = 1, context: values = {}, format }: NewBulkJobBody,
  { columns, context }: Encoding,
  { maxJobRows, maxCells }: JobLimits,
): Pick<NewBulkJob, 'options' | 'rows' | 'partRows'> {
  const count = required(n, 'sample', 'n');
  if (count > maxJobRows)
    throw refusal('too-many-rows', [{ path: '/n', message: `Expected at most MAX_JOB_ROWS=${maxJobRows}, got ${n}.` }]);
  if (count * columns.length > maxCells) {
    const message = `${n} rows of ${columns.length} columns are more cells than MAX_CELLS=${maxCells} allows.`;
    throw refusal('too-many-cells', [{ path: '/n', message }]);
  }
  // Whether they can be, while there is somebody to tell.
  contextCodes(values, context);
  return {
    options: { seed, temperature, context: values, format },
    rows: { count },
    partRows: sampledPartRows(columns.length),
  };
}

function checkOptions({ kind, name: _name, priority: _priority, format: _format, ...given }: NewBulkJobBody): void {
  const known: readonly string[] = optionsOf[kind];
  const faults = Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: `/${key}`, message: `A job of the kind ${kind} takes ${known.join(', ')} only.` }));
  if (faults.length > 0) throw refusal('unknown-option', faults);
}

function required<Value>(value: Value | undefined, kind: BulkJobKind, key: string): Value {
  if (value !== undefined) return value;
  throw refusal('option-missing', [{ path: `/${key}`, message: `A job of the kind ${kind} needs this key.` }]);
}

function checkDataset(
  { rowCount, columns }: Dataset,
  needed: readonly ColumnEncoding[],
  { maxJobRows }: JobLimits,
): void {
  const path = '/datasetId';
  if (rowCount > maxJobRows) {
    const message = `The dataset has ${rowCount} rows, more than MAX_JOB_ROWS=${maxJobRows} allows.`;
    throw refusal('too-many-rows', [{ path, message }]);
  }
  const names = new Set(columns.map(({ name }) => name));
  const faults = needed
    .filter(({ name }) => !names.has(name))
    .map(({ name }) => ({
      path,
      message: `The dataset has no column ${JSON.stringify(name)}, which the model needs.`,
    }));
  if (faults.length > 0) throw refusal('column-names', faults);
}

function refusal(code: string, faults: readonly RequestFault[]): RequestError {
  const detail = faults.map(({ path, message }) => `${path}: ${message}`).join(' ');
  return new RequestError(422, code, detail, { faults });
}
