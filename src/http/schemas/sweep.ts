import { type Static, Type } from 'typebox';
import type { Mean } from '../../statistics/paired-scores.ts';
import type { Sweep, SweepDeletion, SweepTrial } from '../../store/sweep.ts';
import { trainingSchema } from '../../training/recipe.ts';
import { hasEnded, leaderboardOf, validationSoFar } from '../answers/leaderboard.ts';
import { Nullable, nameSchema, strict, timeSchema } from './common.ts';
import { flowSchema, modelSeedRange, modelStatusSchema, newModelSchema } from './model.ts';

const uuid = (description: string) => Type.String({ format: 'uuid', description });
const number = (description: string) => Nullable(Type.Number({ description }));

const meanSchema = (description: string) =>
  Nullable(
    Type.Object(
      {
        mean: Type.Number(),
        standardError: number('Of the mean, over the seeds; null for a single one'),
        seeds: Type.Integer({ description: 'How many it is of' }),
      },
      { description },
    ),
  );

const entrySchema = Type.Object({
  rank: Type.Integer(),
  flow: Type.String({ description: 'Its name in the sweep' }),
  ended: Type.Boolean({ description: 'Whether all its trials have: until then its figures are those so far' }),
  trials: Type.Integer(),
  ready: Type.Integer(),
  failed: Type.Integer(),
  validationLogProb: meanSchema(
    'What flows are ranked by, in nats per row: over its ready trials; while there are none, over those in training as far as they are',
  ),
  testLogProb: meanSchema('On rows by which nothing was chosen, over its ready trials'),
  differenceToBest: meanSchema(
    'Of `validationLogProb` to that of the first, over the seeds that both have: with the same seed both have the same rows. Null for the first itself, and while no trial is ready',
  ),
  testDifferenceToBest: meanSchema('The same of `testLogProb`'),
  parameterCount: Nullable(Type.Integer({ description: 'Null until it is decided, and where it differs by seed' })),
  trainingSeconds: number('The mean over its ready trials'),
});

const trialSchema = Type.Object({
  flow: Type.String(),
  seed: Type.Integer(),
  modelId: Nullable(uuid('Null once the model is deleted')),
  status: modelStatusSchema,
  step: Nullable(Type.Integer({ description: 'How far training is; null where it is not under way' })),
  steps: Nullable(Type.Integer()),
  validationLogProb: number('In nats per row; while it is in training, the best so far'),
  validationStandardError: number('Of that mean, over the rows; null until it is ready'),
  testLogProb: number('Null until it is ready'),
  testStandardError: number('Of that mean, over the rows'),
  parameterCount: Nullable(Type.Integer()),
  trainingSeconds: number('Null until it is ready'),
  error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() }, { description: 'Why it failed' })),
});

export const sweepSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    datasetId: Nullable(uuid('Null once the dataset is deleted')),
    status: Type.Enum(['queued', 'running', 'ready', 'failed', 'cancelled'], {
      description:
        '`running` from the start of the first trial to the end of the last; then `ready` if one trial is, else `failed` if one did, else `cancelled`',
    }),
    progress: Type.Object({
      trials: Type.Integer(),
      queued: Type.Integer(),
      training: Type.Integer(),
      ready: Type.Integer(),
      failed: Type.Integer(),
      cancelled: Type.Integer(),
      ended: Type.Integer({ description: 'Ready, failed or cancelled' }),
    }),
    leaderboard: Type.Array(entrySchema, {
      description:
        'The flows, best first: by what they would reach over all seeds, where rows are harder with some seeds than with others; those of which no trial is ready are the last',
    }),
    trials: Type.Array(trialSchema, { description: 'Seed by seed, as they are queued' }),
    createdAt: timeSchema,
  },
  { $id: 'Sweep', description: 'Several flows, each trained with several seeds on one dataset' },
);

const {
  validationFraction: _validation,
  testFraction: _test,
  tieSpread: _ties,
  ...ownTraining
} = trainingSchema.properties;

const { datasetId, columns, context, missing, training, priority } = newModelSchema.properties;

export const newSweepSchema = Type.Object(
  {
    datasetId,
    name: Type.Optional(
      nameSchema('What to call the sweep, else as its dataset; its models are called by that and their flow'),
    ),
    columns,
    context,
    missing,
    training,
    flows: Type.Array(
      Type.Object(
        {
          name: Type.Optional(
            Type.String({
              ...nameSchema('What to call the flow; else it is called as its preset, or by its place in the list'),
              maxLength: 100,
            }),
          ),
          flow: flowSchema,
          training: Type.Optional(
            Type.Object(
              { ...ownTraining },
              {
                ...strict,
                description:
                  'What is to be other than in `training`; not what decides by which rows flows are judged, which is the same for all',
              },
            ),
          ),
        },
        strict,
      ),
      { minItems: 1 },
    ),
    seeds: Type.Array(Type.Integer(modelSeedRange), {
      minItems: 1,
      uniqueItems: true,
      default: [0],
      description:
        'Each flow is trained with each: it decides which rows are held out, and all that is drawn in training',
    }),
    priority,
  },
  {
    ...strict,
    examples: [
      {
        datasetId: '01930000-0000-7000-8000-000000000000',
        flows: [
          { flow: 'real-nvp' },
          { flow: 'spline' },
          { name: 'slow spline', flow: 'spline', training: { learningRate: 0.0003 } },
        ],
        seeds: [0, 1, 2],
      },
    ],
  },
);
export type NewSweepBody = Static<typeof newSweepSchema>;

export const deleteSweepQuery = Type.Object(
  { models: Type.Boolean({ default: false, description: 'Whether its models are deleted, too, that nothing uses' }) },
  strict,
);

export const sweepDeletionSchema = Type.Object(
  {
    deletedModels: Type.Array(Type.String({ format: 'uuid' })),
    keptModels: Type.Array(
      Type.Object({
        modelId: Type.String({ format: 'uuid' }),
        code: Type.String({ description: 'As where the model alone is to be deleted' }),
        message: Type.String({ description: 'What uses it' }),
      }),
    ),
  },
  { description: 'What became of its models, which were to be deleted with it' },
);

export function toSweepBody(sweep: Sweep): Static<typeof sweepSchema> {
  const { flows, trials, createdAt, ...rest } = sweep;
  const count = (...states: SweepTrial['status'][]) => trials.filter(({ status }) => states.includes(status)).length;
  const progress = {
    ...{ trials: trials.length, queued: count('queued'), training: count('training') },
    ...{ ready: count('ready'), failed: count('failed'), cancelled: count('cancelled') },
    ended: trials.filter(hasEnded).length,
  };
  return {
    ...rest,
    status: statusOf(progress),
    progress,
    leaderboard: leaderboardOf(sweep).map((entry) => ({
      ...entry,
      validationLogProb: toMean(entry.validationLogProb),
      testLogProb: toMean(entry.testLogProb),
      differenceToBest: toMean(entry.differenceToBest),
      testDifferenceToBest: toMean(entry.testDifferenceToBest),
    })),
    trials: trials.map((trial) => toTrialBody(trial, flows[trial.flow])),
    createdAt: createdAt.toISOString(),
  };
}

type Progress = Static<typeof sweepSchema>['progress'];

function statusOf({ trials, queued, ended, ready, failed }: Progress): Static<typeof sweepSchema>['status'] {
  if (ended < trials) return queued === trials ? 'queued' : 'running';
  if (ready > 0) return 'ready';
  return failed > 0 ? 'failed' : 'cancelled';
}

function toTrialBody(trial: SweepTrial, flow: string): Static<typeof trialSchema> {
  const { seed, modelId, status, parameterCount, progress, figures, error } = trial;
  return {
    ...{ flow, seed, modelId, status, parameterCount },
    step: numberOrNull(progress?.['step']),
    steps: numberOrNull(progress?.['steps']),
    validationLogProb: figures?.validationLogProb ?? numberOrNull(validationSoFar(trial)),
    validationStandardError: figures?.validationStandardError ?? null,
    testLogProb: figures?.testLogProb ?? null,
    testStandardError: figures?.testStandardError ?? null,
    trainingSeconds: figures?.trainingSeconds ?? null,
    ...(error && { error }),
  };
}

export const toDeletionBody = ({ deleted, kept }: SweepDeletion): Static<typeof sweepDeletionSchema> => ({
  ...{ deletedModels: [...deleted], keptModels: [...kept] },
});

const toMean = (of: Mean | null) => of && { mean: of.mean, standardError: of.standardError, seeds: of.count };

const numberOrNull = (value: unknown) => (typeof value === 'number' ? value : null);
