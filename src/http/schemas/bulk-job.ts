import { type Static, Type } from 'typebox';
import { defaultAlpha } from '../../scoring/judged-rows.ts';
import { type BulkJob, bulkJobKinds } from '../../store/bulk-job.ts';
import type { JsonObject } from '../../store/json.ts';
import { defaultFormat, type RowFormat, rowFormats } from '../answers/row-formats.ts';
import { Nullable, nameSchema, priorityRange, strict, timeSchema } from './common.ts';
import { cellSchema } from './rows.ts';
import { seedRange, temperatureRange } from './sample.ts';

const uuid = (description: string) => Type.String({ format: 'uuid', description });
const kindSchema = Type.Enum([...bulkJobKinds], {
  description:
    '`log-prob` and `anomalies`: the rows of a dataset are scored, as `POST /v1/models/{id}/log-prob` and `anomalies` do. `sample`: rows are drawn, as `GET /v1/models/{id}/sample` does',
});

export const bulkJobSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String({ description: 'That of its dataset, too' }),
    kind: kindSchema,
    status: Type.Enum(['queued', 'running', 'ready', 'failed', 'cancelled']),
    modelId: Nullable(uuid('Null once the model is deleted')),
    datasetId: Nullable(uuid('The rows that are scored; null where rows are drawn, and once the dataset is deleted')),
    outputDatasetId: Nullable(
      uuid(
        'The dataset that it made: as many rows, in the same order. Null until it is ready, and once that is deleted',
      ),
    ),
    outputUrl: Nullable(
      Type.String({
        format: 'uri-reference',
        description: 'Where the rows of that dataset are, in the format that was asked for',
      }),
    ),
    options: Type.Unsafe<JsonObject>(
      Type.Object(
        {},
        {
          additionalProperties: true,
          description: 'How rows are judged or drawn, and in which format they are given, with every default',
        },
      ),
    ),
    progress: Type.Object({
      parts: Type.Integer(),
      partsDone: Type.Integer(),
      rows: Type.Integer(),
      rowsDone: Type.Integer(),
    }),
    priority: Type.Integer({ description: 'Which of the owner’s jobs are done first: the higher' }),
    error: Type.Optional(
      Type.Object({ code: Type.String(), message: Type.String() }, { description: 'Why it failed' }),
    ),
    createdAt: timeSchema,
    startedAt: Type.Optional(timeSchema),
    finishedAt: Type.Optional(timeSchema),
  },
  { $id: 'Job', description: 'A model’s work on many rows, in parts, whose result is a dataset' },
);

export const newBulkJobSchema = Type.Object(
  {
    kind: kindSchema,
    name: Type.Optional(
      nameSchema('What to call the job and its dataset; else it is called by its kind and the model'),
    ),
    priority: Type.Integer({
      ...priorityRange,
      default: 0,
      description: 'Of your own jobs those with a higher one are done first; nobody else’s turn changes',
    }),
    format: Type.Enum([...rowFormats], {
      default: defaultFormat,
      description: 'In which format `outputUrl` gives the rows. Their dataset can be had in any',
    }),
    datasetId: Type.Optional(
      uuid('Of `log-prob` and `anomalies`: the rows to score. It may have other columns besides'),
    ),
    alpha: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description: `Of \`anomalies\`: of usual rows, at most this part is called an anomaly; else ${defaultAlpha}`,
      }),
    ),
    n: Type.Optional(Type.Integer({ minimum: 1, description: 'Of `sample`: how many rows' })),
    seed: Type.Optional(Type.Integer({ ...seedRange, description: 'Of `sample`; else 0' })),
    temperature: Type.Optional(
      Type.Number({
        ...temperatureRange,
        description: 'Of `sample`, as there; else 1',
      }),
    ),
    context: Type.Optional(
      Type.Record(Type.String(), cellSchema, {
        description: 'Of `sample`: a value for each context column of the model',
      }),
    ),
  },
  { ...strict, examples: [{ kind: 'sample', n: 1_000_000, seed: 1, format: 'parquet' }] },
);
export type NewBulkJobBody = Static<typeof newBulkJobSchema>;

export function toBulkJobBody(job: BulkJob): Static<typeof bulkJobSchema> {
  const { outputId, partCount, partsDone, rowCount, rowsDone, error, createdAt, startedAt, finishedAt, ...rest } = job;
  return {
    ...rest,
    outputDatasetId: outputId,
    outputUrl: outputId && `/v1/datasets/${outputId}/rows?format=${formatOf(job)}`,
    progress: { parts: partCount, partsDone, rows: rowCount, rowsDone },
    ...(error && { error }),
    createdAt: createdAt.toISOString(),
    ...(startedAt && { startedAt: startedAt.toISOString() }),
    ...(finishedAt && { finishedAt: finishedAt.toISOString() }),
  };
}

/** Jobs of before this could be asked for have none. */
function formatOf({ options }: BulkJob): RowFormat {
  return rowFormats.find((format) => format === options['format']) ?? defaultFormat;
}
