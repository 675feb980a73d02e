import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Dataset } from '../../store/datasets.ts';
import { delimiters } from '../../table/csv-layout.ts';
import { encodings } from '../../table/encoding.ts';
import { columnKinds } from '../../table/kinds.ts';
import { Nullable, nameSchema, strict, timeSchema } from './common.ts';
import { recordsSchema, rowArraysSchema } from './rows.ts';

const number = Nullable(Type.Number());

const numberSummarySchema = Type.Object(
  {
    min: number,
    max: number,
    mean: number,
    standardDeviation: number,
    quantiles: Type.Record(Type.String(), Type.Number(), {
      description: 'By probability; above 200,000 rows those of about 200,000 values drawn at random',
    }),
    histogram: Type.Object({ edges: Type.Array(Type.Number()), counts: Type.Array(Type.Number()) }),
    distinctCount: Type.Number({ description: 'Estimated above 200,000 rows' }),
  },
  { description: 'What numbers look like' },
);

const categorySummarySchema = Type.Object(
  {
    categories: Type.Array(
      Type.Object({ value: Type.Union([Type.String(), Type.Number(), Type.Boolean()]), count: Type.Integer() }),
      { description: 'The most frequent first; empty where they are more than MAX_CATEGORIES' },
    ),
    distinctCount: Type.Number({ description: 'Estimated for more than 10,000 values in more than a million rows' }),
  },
  { description: 'What categories, true and false, and other texts look like' },
);

export const summarySchema = Type.Union([numberSummarySchema, categorySummarySchema]);

export const kindSchema = Type.Enum([...columnKinds]);

/** What a request may say of a column. */
export const columnOptionsSchema = Type.Union([
  Type.String({ description: 'The name alone' }),
  Type.Object(
    {
      name: Type.String(),
      kind: Type.Optional(kindSchema),
      lower: Type.Optional(Type.Number({ description: 'The least value that it can have' })),
      upper: Type.Optional(Type.Number({ description: 'The greatest value that it can have' })),
      ignore: Type.Optional(Type.Boolean({ description: 'Whether to store it only, and leave it out of models' })),
    },
    strict,
  ),
]);

export const datasetSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    rowCount: Type.Integer(),
    byteCount: Type.Integer({ description: 'Of the upload, decompressed' }),
    columns: Type.Array(
      Type.Object({
        name: Type.String(),
        kind: kindSchema,
        reason: Type.String({ description: 'Why it is of this kind' }),
        ignored: Type.Boolean({ description: 'Whether it is only stored, and takes no part in models' }),
        missingCount: Type.Integer(),
        lower: Type.Optional(Type.Number({ description: 'The least value that it can have' })),
        upper: Type.Optional(Type.Number({ description: 'The greatest value that it can have' })),
        summary: summarySchema,
      }),
    ),
    correlations: Type.Optional(
      Type.Object(
        { columns: Type.Array(Type.String()), values: Type.Array(Type.Array(number)) },
        {
          description:
            'Pearson’s, of the numeric columns, at most the first 100, over the rows that have both, or of large tables a part of those; null where not defined. Not in lists',
        },
      ),
    ),
    warnings: Type.Array(Type.String()),
    createdAt: timeSchema,
  },
  { $id: 'Dataset' },
);

const columnsText = (description: string) =>
  Type.String({ description, examples: ['[{"name":"x","kind":"continuous","lower":0},{"name":"id","ignore":true}]'] });

/** What is said of the columns of a table whose body cannot say it. */
export const columnsQuery = {
  columns: Type.Optional(
    columnsText('As `columns` in a JSON body, for those of the columns that there is something to say of: JSON'),
  ),
};

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

const uploadName = Type.Optional(nameSchema('What to call the dataset'));

/** The body of a JSON upload, for the documentation: it is read as it arrives. */
export const datasetUploadSchema = Type.Union(
  [
    Type.Object(
      {
        name: uploadName,
        columns: Type.Array(columnOptionsSchema, { minItems: 1, description: 'The columns, all of them' }),
        rows: rowArraysSchema('A value for each column'),
      },
      strict,
    ),
    Type.Object(
      {
        name: uploadName,
        columns: Type.Optional(
          Type.Array(columnOptionsSchema, { description: 'Those of the columns that there is something to say of' }),
        ),
        records: recordsSchema,
      },
      strict,
    ),
  ],
  {
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
    columns: Type.Optional(columnsText('As the query parameter')),
    file: Type.String({
      format: 'binary',
      description:
        'A table; its format is told by its media type, or by its name: .csv, .json, .ndjson, .jsonl or .parquet, and .gz after it',
    }),
  },
  strict,
);

type DatasetBody = Static<typeof datasetSchema>;

export function toDatasetBody({ correlations, ...dataset }: Dataset): DatasetBody {
  return { ...toListedDataset(dataset), ...(correlations && { correlations: mutable(correlations) }) };
}

/** A dataset as lists have it. */
export function toListedDataset({
  columns,
  warnings,
  createdAt,
  ...dataset
}: Omit<Dataset, 'correlations'>): DatasetBody {
  return {
    ...dataset,
    columns: columns.map((column) => ({ ...column, summary: Value.Parse(summarySchema, column.summary) })),
    warnings: [...warnings],
    createdAt: createdAt.toISOString(),
  };
}

function mutable({ columns, values }: NonNullable<Dataset['correlations']>) {
  return { columns: [...columns], values: values.map((row) => [...row]) };
}
