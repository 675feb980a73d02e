import { Value } from 'typebox/value';
import { isAnomaly, judgeBlock } from '../scoring/judged-rows.ts';
import { type ScoreRequest, scorableRows, scoreBlock } from '../scoring/scores.ts';
import { ranges } from '../serving/blocks.ts';
import { inOrder } from '../serving/in-order.ts';
import type { OwnServing } from '../serving/own-serving.ts';
import type { BulkJob, BulkPart } from '../store/bulk-job.ts';
import type { Datasets } from '../store/datasets.ts';
import { NotFoundError } from '../store/errors.ts';
import type { Cell } from '../table/cells.ts';
import { cellsOf, encoder } from '../table/codes.ts';
import type { CodedRows } from '../table/row-problems.ts';
import { codedPart } from '../table/stored-parts.ts';
import { type ColumnCells, parquetOf, parquetOfColumns } from '../table/write-parquet.ts';
import { ConformalTest } from '../training/conformal-test.ts';
import { columnCodes } from '../training/sources.ts';
import { bulkColumns } from './output.ts';
import { anomalyOptions, sampleOptions } from './part-options.ts';

/** Rows that a part gives to the threads at a time, and how many such blocks: requests take turns with them. */
const blockRows = 2048;
const blocksUnderWay = 2;

/** With what the parts of one owner's jobs are done. */
export interface PartTools {
  readonly serving: Pick<OwnServing, 'encoding' | 'calibration' | 'logProb' | 'sample'>;
  readonly datasets: Pick<Datasets, 'parts'>;
}

/**
 * What comes of a part, as a Parquet file. It depends on the model, the job and the part alone: on no other part, request or process.
 * Throws NotFoundError, ConflictError and ArtefactError where the model or the dataset is not as it was, InferenceTimeoutError.
 */
export async function partResult(tools: PartTools, job: BulkJob, part: BulkPart): Promise<Uint8Array> {
  if (job.modelId === null) throw new NotFoundError('model', 'of the job');
  const { columns } = await tools.serving.encoding(job.modelId);
  const output = bulkColumns(job.kind, columns);
  if (job.kind === 'sample')
    return gathered(parquetOf(output, drawnCells(tools, { ...job, modelId: job.modelId }, part)));
  return gathered(parquetOfColumns(output, scoredColumns(tools, { ...job, modelId: job.modelId }, part)));
}

type ModelJob = BulkJob & { readonly modelId: string };

async function* drawnCells({ serving }: PartTools, { modelId, options }: ModelJob, part: BulkPart) {
  const { seed, temperature, context } = Value.Parse(sampleOptions, options);
  const encoding = await serving.encoding(modelId);
  const codes = encoding.columns.map(columnCodes);
  const given = encoding.context.map((column) => encoder(columnCodes(column))(context[column.name]));
  const request = { seed, temperature, context: given };
  const blocks = inOrder(ranges(part.rowCount, blockRows), blocksUnderWay, ([start, n]) =>
    serving.sample(modelId, { ...request, n, first: part.firstRow + start }),
  );
  for await (const rows of blocks) yield* cellsOf(rows, codes);
}

async function* scoredColumns(tools: PartTools, job: ModelJob, part: BulkPart): AsyncGenerator<ColumnCells> {
  const { serving } = tools;
  const { kind, modelId, options } = job;
  const encoding = await serving.encoding(modelId);
  const { codes, gaps } = scorableRows(encoding);
  const request: ScoreRequest = { serving, id: modelId, gaps, isStrict: false, alone: true };
  const blocks = rowsOf(tools.datasets, job, part, (bytes, range) => codedPart(bytes, codes, range));
  if (kind === 'log-prob') {
    const scores = inOrder(blocks, blocksUnderWay, ({ block, first }) => scoreBlock(request, block, first));
    for await (const { logProb } of scores) yield [numberCells(logProb)];
    return;
  }
  const { alpha } = Value.Parse(anomalyOptions, options);
  const model = { encoding, conformal: new ConformalTest(await serving.calibration(modelId), encoding) };
  const judged = inOrder(blocks, blocksUnderWay, ({ block, first }) => judgeBlock(request, model, block, first));
  for await (const { logProb, pValues } of judged) {
    const anomalies = Array.from(logProb, (value, row) => isAnomaly(value, pValues[row], alpha) ?? null);
    yield [numberCells(logProb), numberCells(pValues), anomalies];
  }
}

type ReadCodes = (bytes: Uint8Array, range: { offset: number; limit: number }) => AsyncIterable<CodedRows>;

/** The rows of a part in blocks, each with the index that its first row has in the part. Throws NotFoundError. */
async function* rowsOf(datasets: PartTools['datasets'], { datasetId }: BulkJob, part: BulkPart, read: ReadCodes) {
  if (datasetId === null) throw new NotFoundError('dataset', 'of the job');
  const { firstRow, rowCount } = part;
  for await (const stored of datasets.parts(datasetId, { offset: firstRow })) {
    let first = 0;
    for await (const block of read(stored.bytes, { offset: firstRow - stored.firstRow, limit: rowCount })) {
      yield { block, first };
      first += block.rowCount;
    }
    if (first !== rowCount) throw new RangeError(`part ${part.number}: expected ${rowCount} rows, got ${first}`);
    return;
  }
}

/** Missing where they are not finite: a density of zero has no logarithm to store. */
function numberCells(values: Float64Array): Float64Array | Cell[] {
  if (values.every(Number.isFinite)) return values;
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
