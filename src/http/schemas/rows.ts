import { Type } from 'typebox';
import { defaultFormat, rowFormats } from '../answers/row-formats.ts';
import { Nullable } from './common.ts';

/** A cell: a number, a text, true or false, or null where it is missing. */
export const cellSchema = Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]);

/** A cell of a row to score, which is answered row by row. */
const scoredCellSchema = Type.Unknown({
  description:
    'A number, a text, true or false, or null where it is missing. With anything else its row has no log-density, and `problems` says why',
});

/** Rows to score: whatever they hold, each is answered. */
export const scoredRowArraysSchema = Type.Array(Type.Array(scoredCellSchema), {
  minItems: 1,
  description: 'In the order of the model’s columns, then of its context',
});

export const scoredRecordsSchema = Type.Array(Type.Record(Type.String(), scoredCellSchema), {
  minItems: 1,
  description: 'Values by column; what is left out is missing',
});

export const rowArraysSchema = (description: string) =>
  Type.Array(Type.Array(cellSchema, { minItems: 1 }), { minItems: 1, description });

export const recordsSchema = Type.Array(Type.Record(Type.String(), cellSchema), {
  minItems: 1,
  description: 'Values by column; what is left out is missing',
});

export const formatQuery = {
  format: Type.Enum([...rowFormats], { default: defaultFormat, description: 'In which format to answer' }),
};

export const otherFormats = (csv: string, examples: { csv: string; ndjson: string }) => ({
  'text/csv': { schema: Type.String({ description: csv, examples: [examples.csv] }) },
  'application/x-ndjson': { schema: Type.String({ description: 'An object a line', examples: [examples.ndjson] }) },
  'application/vnd.apache.parquet': { schema: Type.String({ format: 'binary' }) },
});

/** Rows in every format. */
export const rowsResponse = {
  description: 'The rows',
  content: {
    'application/json': {
      schema: Type.Object(
        { columns: Type.Array(Type.String()), rows: Type.Array(Type.Array(cellSchema)) },
        {
          examples: [
            {
              columns: ['x', 'y'],
              rows: [
                [0.1, 1.2],
                [0.4, 0.9],
              ],
            },
          ],
        },
      ),
    },
    ...otherFormats('A header row and the rows; a missing cell is empty', {
      csv: 'x,y\n0.1,1.2\n0.4,0.9\n',
      ndjson: '{"x":0.1,"y":1.2}\n{"x":0.4,"y":0.9}\n',
    }),
  },
};

/** What is wrong with some rows. */
export const rowProblemsSchema = Type.Array(
  Type.Object({
    row: Type.Integer({ description: 'From 0' }),
    column: Type.Optional(Type.String()),
    code: Type.String(),
    message: Type.String(),
    path: Type.Optional(Type.String()),
  }),
  { description: 'Why rows have no log-density' },
);

/** Log-densities in every format. */
export const logProbResponse = {
  description: 'The log-density of each row, in order',
  content: {
    'application/json': {
      schema: Type.Object(
        {
          logProb: Type.Array(Nullable(Type.Number({ description: 'Nats; null where the density is zero' }))),
          problems: Type.Optional(rowProblemsSchema),
        },
        { examples: [{ logProb: [-2.31, -1.97] }] },
      ),
    },
    ...otherFormats('A header row and the log-densities; empty where the density is zero or the row cannot be scored', {
      csv: 'logProb\n-2.31\n-1.97\n',
      ndjson: '{"logProb":-2.31}\n{"logProb":-1.97}\n',
    }),
  },
};

/** A table as a request body, in every format but JSON, which each route describes itself. */
export const tableContent = {
  'text/csv': { schema: Type.String({ examples: ['x,y\n0.1,1.2\n0.4,0.9\n-0.3,1.1\n'] }) },
  'application/x-ndjson': { schema: Type.String({ examples: ['{"x":0.1,"y":1.2}\n{"x":0.4,"y":0.9}\n'] }) },
  'application/vnd.apache.parquet': {
    schema: Type.String({ format: 'binary', description: 'Flat columns of numbers, booleans, texts, dates and times' }),
  },
};
