import { type Static, Type } from 'typebox';
import { delimiters } from '../../table/csv-layout.ts';
import { encodings } from '../../table/encoding.ts';
import type { Inspection } from '../../table/inspect.ts';
import { columnOptionsSchema, kindSchema } from './dataset.ts';
import { cellSchema } from './rows.ts';

const inspectedColumnSchema = Type.Object({
  name: Type.String(),
  kind: kindSchema,
  reason: Type.String({ description: 'Why it would be of this kind' }),
  ignored: Type.Boolean({ description: 'Whether it would only be stored, and take no part in models' }),
  missingCount: Type.Integer(),
  lower: Type.Optional(Type.Number({ description: 'The least value that it can have' })),
  upper: Type.Optional(Type.Number({ description: 'The greatest value that it can have' })),
  kinds: Type.Array(
    Type.Object({
      kind: kindSchema,
      refusal: Type.Optional(Type.String({ description: 'Why `columns` may not say so; left out where it may' })),
    }),
    { description: 'Every kind, and whether the column may be said to be of it' },
  ),
  asked: Type.Optional(columnOptionsSchema),
  fault: Type.Optional(
    Type.String({ description: 'Why the table would be refused unless `columns` says something of this one' }),
  ),
  examples: Type.Array(cellSchema, { description: 'A few different values of the first 100 rows; long texts are cut' }),
});

export const inspectionSchema = Type.Object(
  {
    name: Type.Optional(Type.String({ description: 'What the request calls the table' })),
    format: Type.Enum(['csv', 'json', 'ndjson', 'parquet']),
    csv: Type.Optional(
      Type.Object(
        { delimiter: Type.Enum([...delimiters]), header: Type.Boolean(), encoding: Type.Enum([...encodings]) },
        { description: 'How it was read, where it is CSV: as the query says, or as was found out' },
      ),
    ),
    rowCount: Type.Integer(),
    byteCount: Type.Integer({ description: 'Of the upload, decompressed' }),
    columns: Type.Array(inspectedColumnSchema),
    rows: Type.Array(Type.Array(cellSchema), {
      description: 'The first ten, as they would come back; long texts are cut',
    }),
    warnings: Type.Array(Type.String()),
  },
  {
    $id: 'Inspection',
    examples: [
      {
        format: 'csv',
        csv: { delimiter: ',', header: true, encoding: 'utf-8' },
        rowCount: 2,
        byteCount: 12,
        columns: [
          {
            name: 'x',
            kind: 'integer',
            reason: 'whole numbers',
            ignored: false,
            missingCount: 0,
            kinds: [
              { kind: 'continuous' },
              { kind: 'integer' },
              { kind: 'boolean', refusal: 'not all cells are true or false, yes or no, or 1 or 0' },
              { kind: 'categorical' },
            ],
            examples: [1, 5],
          },
        ],
        rows: [[1], [5]],
        warnings: [],
      },
    ],
  },
);

type InspectionBody = Static<typeof inspectionSchema>;

export function toInspectionBody({ name, csv, columns, rows, warnings, ...inspection }: Inspection): InspectionBody {
  return {
    ...inspection,
    ...(name !== undefined && { name }),
    ...(csv && { csv: { ...csv } }),
    columns: columns.map(({ kinds, examples, ...column }) => ({
      ...column,
      kinds: [...kinds],
      examples: [...examples],
    })),
    rows: rows.map((row) => [...row]),
    warnings: [...warnings],
  };
}
