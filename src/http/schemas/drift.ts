import { Type } from 'typebox';
import { Nullable, strict } from './common.ts';

export const driftQuery = Type.Object(
  {
    level: Type.Number({
      exclusiveMinimum: 0,
      maximum: 0.5,
      default: 0.01,
      description: 'The chance of calling it drift where there is none, of all tests together',
    }),
  },
  strict,
);

const finding = {
  statistic: Type.Number({ description: 'Kolmogorov and Smirnov’s distance, or Pearson’s chi-square' }),
  pValue: Type.Number({ description: 'Of this test alone' }),
  adjustedPValue: Type.Number({ description: 'By Holm’s method, for all tests together' }),
  drifted: Type.Boolean({ description: 'Whether `adjustedPValue` is at most `level`' }),
};

export const driftResponse = Type.Object(
  {
    drifted: Type.Boolean({ description: 'Whether any test says so' }),
    level: Type.Number(),
    rows: Type.Object({
      given: Type.Integer(),
      compared: Type.Integer({ description: 'Of many rows some, chosen at random' }),
      withoutDensity: Type.Integer({ description: 'Compared rows whose density is zero, or that cannot be scored' }),
    }),
    reference: Type.Object({
      columns: Nullable(
        Type.Enum(['dataset', 'samples'], {
          description:
            'The dataset that the model was trained on, or where that is gone, samples of the model; null without both',
        }),
      ),
      rows: Type.Integer(),
      logProb: Nullable(
        Type.Enum(['held-out', 'samples'], {
          description:
            'Rows that the model was not trained on, or for a model without such scores, samples of it; null without both',
        }),
      ),
      scores: Type.Integer(),
    }),
    logProb: Nullable(
      Type.Object(
        {
          ...finding,
          meanDifference: Nullable(
            Type.Number({
              description: 'Mean log-density of the batch less that of the reference, in nats, of rows that have one',
            }),
          ),
        },
        { description: 'The log-densities: what columns do together' },
      ),
    ),
    columns: Type.Array(
      Type.Object({
        column: Type.String(),
        test: Type.Enum(['kolmogorov-smirnov', 'chi-square']),
        ...finding,
        distance: Type.Number({
          description: 'From 0 to 1: Kolmogorov and Smirnov’s distance, of categories the total variation',
        }),
        stabilityIndex: Type.Number({
          description: 'The population stability index; above 0.25 is often called a large shift',
        }),
      }),
      { description: 'The modelled columns, then the context; a gap is a value among others' },
    ),
  },
  {
    examples: [
      {
        drifted: true,
        level: 0.01,
        rows: { given: 500, compared: 500, withoutDensity: 0 },
        reference: { columns: 'dataset', rows: 2000, logProb: 'held-out', scores: 300 },
        logProb: { statistic: 0.21, pValue: 2e-8, adjustedPValue: 6e-8, drifted: true, meanDifference: -0.9 },
        columns: [
          {
            column: 'x',
            test: 'kolmogorov-smirnov',
            statistic: 0.03,
            pValue: 0.84,
            adjustedPValue: 0.84,
            drifted: false,
            distance: 0.03,
            stabilityIndex: 0.01,
          },
        ],
      },
    ],
  },
);
