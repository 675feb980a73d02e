import { Type } from 'typebox';
import { Nullable } from './common.ts';

export const formatQuery = {
  format: Type.Enum(['json', 'csv'], { default: 'json', description: 'In which format to answer' }),
};

const csv = (description: string, example: string) => ({
  'text/csv': { schema: Type.String({ description, examples: [example] }) },
});

/** Rows in either format. */
export const rowsResponse = {
  description: 'The rows',
  content: {
    'application/json': {
      schema: Type.Object(
        { columns: Type.Array(Type.String()), rows: Type.Array(Type.Array(Nullable(Type.Number()))) },
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
    ...csv('A header row and the rows; a missing cell is empty', 'x,y\n0.1,1.2\n0.4,0.9\n'),
  },
};

/** Log-densities in either format. */
export const logProbResponse = {
  description: 'The log-density of each row, in order',
  content: {
    'application/json': {
      schema: Type.Object(
        { logProb: Type.Array(Nullable(Type.Number({ description: 'Nats; null where the density is zero' }))) },
        { examples: [{ logProb: [-2.31, -1.97] }] },
      ),
    },
    ...csv('A header row and the log-densities; empty where the density is zero', 'logProb\n-2.31\n-1.97\n'),
  },
};

/** A table as a request body, in every format but JSON, which each route describes itself. */
export const tableContent = {
  'text/csv': { schema: Type.String({ examples: ['x,y\n0.1,1.2\n0.4,0.9\n-0.3,1.1\n'] }) },
  'application/x-ndjson': { schema: Type.String({ examples: ['{"x":0.1,"y":1.2}\n{"x":0.4,"y":0.9}\n'] }) },
  'application/vnd.apache.parquet': { schema: Type.String({ format: 'binary', description: 'Columns of numbers' }) },
};
