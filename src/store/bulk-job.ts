import type { BulkJobStatus, Prisma } from './client/client.ts';
import { type JsonObject, jsonObject } from './json.ts';

export type { BulkJobStatus } from './client/client.ts';

export const bulkJobKinds = ['log-prob', 'anomalies', 'sample'] as const;
export type BulkJobKind = (typeof bulkJobKinds)[number];

/** Why a job failed, in words for its owner. */
export interface BulkJobError {
  readonly code: string;
  readonly message: string;
}

/** A model's work on many rows, whose result is a dataset. */
export interface BulkJob {
  readonly id: string;
  readonly name: string;
  readonly kind: BulkJobKind;
  readonly options: JsonObject;
  /** Null once the model is deleted. */
  readonly modelId: string | null;
  /** The rows to score; null where rows are drawn, or once the dataset is deleted. */
  readonly datasetId: string | null;
  /** What came of it; null until it is ready, and once the dataset is deleted. */
  readonly outputId: string | null;
  readonly status: BulkJobStatus;
  readonly partCount: number;
  readonly partsDone: number;
  readonly rowCount: number;
  readonly rowsDone: number;
  /** Which of the owner's jobs are done first: the higher. */
  readonly priority: number;
  readonly error: BulkJobError | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export interface NewBulkJob {
  readonly name: string;
  readonly kind: BulkJobKind;
  readonly options: object;
  readonly modelId: string;
  /** The rows to score, or how many are to be drawn. */
  readonly rows: { readonly datasetId: string } | { readonly count: number };
  /** How many rows a part has, at most; one of a dataset does not go beyond a part of that. */
  readonly partRows: number;
  readonly priority?: number;
}

/** A run of a job's rows. */
export interface BulkPart {
  readonly jobId: string;
  /** In the order of the rows, from 0. */
  readonly number: number;
  readonly firstRow: number;
  readonly rowCount: number;
  readonly attempt: number;
}

/** Those of PostgreSQL's own client, under the names that Prisma has for them. */
export const bulkJobColumns = `id, name, kind, options, model_id AS "modelId", dataset_id AS "datasetId",
  output_id AS "outputId", status, part_count AS "partCount", parts_done AS "partsDone", row_count AS "rowCount",
  rows_done AS "rowsDone", priority, error, created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"`;

/** As Prisma or PostgreSQL's own client gives it. */
export type BulkJobRow = Omit<Prisma.BulkJobModel, 'owner' | 'rowCount' | 'rowsDone'> &
  Readonly<Record<'rowCount' | 'rowsDone', bigint | string>>;

export function toBulkJob(row: BulkJobRow): BulkJob {
  const kind = bulkJobKinds.find((candidate) => candidate === row.kind);
  if (kind === undefined) throw new TypeError(`stored job: expected a kind, got ${JSON.stringify(row.kind)}`);
  return {
    id: row.id,
    name: row.name,
    kind,
    options: jsonObject(row.options),
    modelId: row.modelId,
    datasetId: row.datasetId,
    outputId: row.outputId,
    status: row.status,
    partCount: row.partCount,
    partsDone: row.partsDone,
    rowCount: Number(row.rowCount),
    rowsDone: Number(row.rowsDone),
    priority: row.priority,
    error: row.error === null ? null : toBulkJobError(row.error),
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  };
}

export function toBulkJobError(value: unknown): BulkJobError {
  const { code, message } = jsonObject(value);
  return { code: String(code), message: String(message) };
}
