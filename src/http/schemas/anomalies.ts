import { Type } from 'typebox';
import { defaultAlpha } from '../../scoring/judged-rows.ts';
import { Nullable, strict } from './common.ts';
import { cellSchema, formatQuery, otherFormats, rowProblemsSchema } from './rows.ts';

const share = { exclusiveMinimum: 0, exclusiveMaximum: 1 };

export const anomalyQuery = Type.Object(
  {
    alpha: Type.Optional(
      Type.Number({
        ...share,
        description: `Of usual rows, at most this part is called an anomaly: those with pValue <= alpha; ${defaultAlpha} unless fdr is given`,
        examples: [0.05],
      }),
    ),
    fdr: Type.Optional(
      Type.Number({
        ...share,
        description:
          'In place of alpha: of the rows called anomalies, at most this part is usual, on average (Benjamini and Hochberg, over all rows of the request)',
      }),
    ),
    explain: Type.Boolean({
      default: false,
      description: 'Whether to say how much each column contributes to how unlikely a row is',
    }),
    strict: Type.Boolean({ default: false, description: 'Whether one cell that cannot be scored is an error' }),
    ...formatQuery,
  },
  strict,
);

const thresholdSchema = Nullable(
  Type.Number({
    description:
      'A row is an anomaly if its log-density is below; null where so few calibration rows, or so few rows, allow none',
  }),
);

const resultSchema = Type.Object({
  logProb: Nullable(Type.Number({ description: 'Nats; null where the density is zero, or the row cannot be read' })),
  pValue: Nullable(
    Type.Number({
      description:
        '(1 + the calibration rows that are no likelier) / (1 + the calibration rows); null where the row cannot be read',
    }),
  ),
  anomaly: Nullable(Type.Boolean({ description: 'Null where the row cannot be read' })),
  reference: Type.Optional(
    Nullable(Type.Number({ description: 'The mean log-density of rows that the model draws, given the same context' })),
  ),
  contributions: Type.Optional(
    Nullable(
      Type.Record(Type.String(), Type.Number(), {
        description:
          'By how many nats each column makes the row less likely than those; they sum up to reference - logProb. Null where the density is zero, or the row cannot be read',
      }),
    ),
  ),
});

/** How rows are judged, in every format. */
export const anomaliesResponse = {
  description: 'How unusual each row is, in order',
  content: {
    'application/json': {
      schema: Type.Object(
        {
          threshold: thresholdSchema,
          calibrationRows: Type.Integer({
            description: 'The rows that p-values come from: they took no part in training',
          }),
          groups: Type.Optional(
            Type.Array(
              Type.Object({
                context: Type.Record(Type.String(), cellSchema),
                calibrationRows: Type.Integer(),
                threshold: thresholdSchema,
              }),
              { description: 'The categories of the context whose rows have calibration rows of their own' },
            ),
          ),
          results: Type.Array(resultSchema),
          problems: Type.Optional(rowProblemsSchema),
        },
        {
          examples: [
            {
              threshold: -7.1,
              calibrationRows: 300,
              results: [
                {
                  logProb: -9.8,
                  pValue: 0.0033,
                  anomaly: true,
                  reference: -2.8,
                  contributions: { x: 6.5, y: 0.5 },
                },
              ],
            },
          ],
        },
      ),
    },
    ...otherFormats(
      'A header row and the results; cells are empty where JSON has null. With explain the columns reference and contribution.<column> besides',
      {
        csv: 'logProb,pValue,anomaly\n-2.31,0.74,false\n',
        ndjson: '{"logProb":-2.31,"pValue":0.74,"anomaly":false}\n',
      },
    ),
  },
};
