import { type Static, Type } from 'typebox';
import type { Shadow } from '../../store/shadows.ts';
import { comparisonIn, toComparisonBody } from '../shadow/comparison.ts';
import { newTargetSchema } from './alias.ts';
import { Nullable, strict, timeSchema } from './common.ts';

export const newShadowSchema = Type.Object(
  {
    ...newTargetSchema.properties,
    share: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1,
      description: 'Of the rows, those that it scores, drawn at random',
    }),
  },
  { ...strict, examples: [{ modelId: '01930000-0000-7000-8000-000000000000', share: 0.1 }] },
);

const estimate = (description: string) =>
  Type.Object(
    {
      mean: Nullable(Type.Number()),
      standardError: Nullable(Type.Number({ description: 'Of the mean, if the rows are independent' })),
    },
    { description },
  );
const share = (description: string) => Nullable(Type.Number({ description }));
const count = (description: string) => Type.Integer({ description });

export const shadowSchema = Type.Object(
  {
    modelId: Type.String({ format: 'uuid', description: 'The candidate' }),
    productionId: Type.String({ format: 'uuid', description: 'What the alias stands for' }),
    share: Type.Number({ description: 'Of the rows, those that the candidate scores' }),
    startedAt: timeSchema,
    rows: count('Rows that both have scored since then, by all processes'),
    dropped: count('Rows that were drawn for the candidate and not scored, since there was too much else to do'),
    logProb: Type.Object(
      {
        rows: count('Those of the rows to which both give a density above zero'),
        production: estimate('Of the log-densities of these rows'),
        candidate: estimate('Of the same rows'),
        difference: estimate(
          'Row by row, candidate less production: above zero the candidate gives rows the higher density',
        ),
      },
      { description: 'Nats a row, in the data’s own units' },
    ),
    zeroDensity: Type.Object(
      { production: Type.Integer(), candidate: Type.Integer(), both: Type.Integer() },
      { description: 'Rows that the one, the other, or both take to be impossible' },
    ),
    rankCorrelation: Nullable(
      Type.Number({
        description:
          'Whether the two put rows in the same order: the correlation of the rows’ p-values, which are their ranks among each model’s calibration rows',
      }),
    ),
    anomalies: Type.Object(
      {
        alpha: Type.Number(),
        rows: count('Rows that have a p-value of both'),
        production: share('The share of them that is an anomaly, p <= alpha, to the model of the alias'),
        candidate: share('To the candidate'),
        different: share('To one of the two alone'),
      },
      { description: 'Null where one of the two is not calibrated, or nothing is scored yet' },
    ),
    milliseconds: Type.Object(
      {
        requests: count('Blocks of rows that both scored as a whole'),
        production: share('How long that took on average, waits for a thread included'),
        candidate: share('The same of the candidate, which is asked only while nothing waits'),
      },
      { description: 'Of requests, or of blocks of large ones' },
    ),
  },
  { description: 'How the model of an alias and its shadow compare on the same rows' },
);

export function toShadowBody({ startedAt, comparison, ...rest }: Shadow): Static<typeof shadowSchema> {
  return { ...rest, startedAt: startedAt.toISOString(), ...toComparisonBody(comparisonIn(comparison)) };
}
