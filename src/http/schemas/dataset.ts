import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Dataset } from '../../store/datasets.ts';
import { delimiters } from '../../table/csv-layout.ts';
import { encodings } from '../../table/encoding.ts';
import { Nullable, nameSchema, strict, timeSchema } from './common.ts';

const number = Nullable(Type.Number());

const summarySchema = Type.Object(
  {
    min: number,
    max: number,
    mean: number,
    standardDeviation: number,
    quantiles: Type.Record(Type.String(), Type.Number(), {
      description: 'By probability; approximate above a million rows',
    }),
    histogram: Type.Object({ edges: Type.Array(Type.Number()), counts: Type.Array(Type.Number()) }),
    distinctCount: Type.Number({ description: 'Approximate above a million rows' }),
  },
  { description: 'What the column’s numbers look like' },
);

export const datasetSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    rowCount: Type.Integer(),
    byteCount: Type.Integer({ description: 'Of the upload, decompressed' }),
    columns: Type.Array(
      Type.Object({
        name: Type.String(),
        kind: Type.Enum(['continuous', 'integer', 'boolean', 'categorical']),
        missingCount: Type.Integer(),
        summary: summarySchema,
      }),
    ),
    warnings: Type.Array(Type.String()),
    createdAt: timeSchema,
  },
  { $id: 'Dataset' },
);

const cell = Nullable(Type.Number());

/** How an uploaded CSV is to be read. */
export const csvQuery = {
  delimiter: Type.Optional(Type.Enum([...delimiters], { description: 'What stands between the cells of a CSV' })),
  header: Type.Optional(
    Type.Boolean({
      description: 'Whether the first line of a CSV holds the names of the columns: it does, unless false',
    }),
  ),
  encoding: Type.Optional(
    Type.Enum([...encodings], {
      description: 'Of a CSV; else UTF-8, or what a byte order mark says, or Latin-1 where it is neither',
    }),
  ),
};

/** The body of a JSON upload, for the documentation: it is read as it arrives. */
export const datasetUploadSchema = Type.Object(
  {
    name: Type.Optional(nameSchema('What to call the dataset')),
    columns: Type.Optional(Type.Array(Type.String(), { description: 'The names of the columns of `rows`' })),
    rows: Type.Optional(Type.Array(Type.Array(cell))),
    records: Type.Optional(Type.Array(Type.Record(Type.String(), cell))),
  },
  {
    ...strict,
    examples: [
      {
        name: 'points',
        columns: ['x', 'y'],
        rows: [
          [0.1, 1.2],
          [0.4, 0.9],
          [-0.3, 1.1],
        ],
      },
    ],
  },
);

/** A form with a file, for the documentation: it is read as it arrives. */
export const datasetFormSchema = Type.Object(
  {
    name: Type.Optional(nameSchema('What to call the dataset')),
    file: Type.String({
      format: 'binary',
      description:
        'A table; its format is told by its media type, or by its name: .csv, .json, .ndjson, .jsonl or .parquet, and .gz after it',
    }),
  },
  strict,
);

export function toDatasetBody(dataset: Dataset): Static<typeof datasetSchema> {
  return {
    ...dataset,
    columns: dataset.columns.map((column) => ({ ...column, summary: Value.Parse(summarySchema, column.summary) })),
    createdAt: dataset.createdAt.toISOString(),
  };
}
