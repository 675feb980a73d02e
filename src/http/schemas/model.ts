import { type Static, type TSchema, Type } from 'typebox';
import type { JsonObject } from '../../store/json.ts';
import type { Model } from '../../store/model.ts';
import { trainingSchema } from '../../training/recipe.ts';
import { missingSchema } from '../../training/sources.ts';
import { Nullable, nameSchema, pageQuery, priorityRange, strict, timeSchema } from './common.ts';
import { resolvedFlowProperties } from './flow.ts';
import { verdictSchemas } from './verdicts.ts';

/** An object that the store keeps as it is; `names` are the numbers, and `parts` the rest, that are always worth documenting. */
const storedObject = (description: string, names: readonly string[] = [], parts: Record<string, TSchema> = {}) =>
  Type.Unsafe<JsonObject>(
    Type.Object(
      { ...Object.fromEntries(names.map((name) => [name, Type.Optional(Nullable(Type.Number()))])), ...parts },
      { additionalProperties: true, description },
    ),
  );

const raceSchema = Type.Unsafe<JsonObject>(
  Type.Object(
    {
      candidates: Type.Array(
        Type.Object({
          name: Type.String(),
          flow: Type.Object({}, { additionalProperties: true, description: 'Resolved' }),
          parameterCount: Type.Integer(),
        }),
      ),
      rounds: Type.Array(
        Type.Object({
          until: Type.Integer({ description: 'The step up to which its candidates were trained' }),
          standings: Type.Array(
            Type.Object({
              candidate: Type.String(),
              step: Type.Integer(),
              validationLogProb: Nullable(
                Type.Number({ description: 'The best so far, in nats per row; null where its training failed' }),
              ),
              ended: Type.Boolean({ description: 'Whether it has come to its end' }),
            }),
            { description: 'Best first; who is not in the next round has been dropped' },
          ),
        }),
        { description: 'Those that are over; while the model trains, so far' },
      ),
      winners: Type.Array(Type.String(), {
        description: 'The candidate of each member of the model, which are mixed evenly; empty until the race is over',
      }),
    },
    { description: 'The race for "auto", or for "anomaly" the flows that are mixed' },
  ),
);

export const modelSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    version: Type.Integer({ description: 'Which of the models of this name it is, from 1' }),
    datasetId: Nullable(Type.String({ format: 'uuid', description: 'Null once the dataset is deleted' })),
    status: Type.Enum(['queued', 'training', 'ready', 'failed', 'cancelled']),
    progress: Nullable(
      storedObject('How far training has come', [
        'step',
        'steps',
        'epoch',
        'trainLogProb',
        'validationLogProb',
        'gaussianValidationLogProb',
        'independentValidationLogProb',
        'rowsPerSecond',
        'elapsedSeconds',
        'etaSeconds',
      ]),
    ),
    columns: Type.Array(Type.String(), { description: 'The columns that are modelled' }),
    context: Type.Array(Type.String(), { description: 'The columns that condition them' }),
    flow: Type.Union([
      storedObject('The flow, resolved: nothing is left to a default; of several different ones, {"ensemble": [..]}'),
      Type.String({ description: '"auto", until its race is over' }),
    ]),
    training: storedObject('How it is trained, resolved'),
    seed: Type.Integer(),
    missing: Type.String({ description: 'What becomes of missing cells' }),
    parameterCount: Nullable(Type.Integer({ description: 'Null until the flow is decided' })),
    race: Nullable(raceSchema),
    metrics: Nullable(
      storedObject(
        'Means in nats per row, in the data’s own units; those for `test` are on rows used for nothing else',
        [
          'trainLogProb',
          'validationLogProb',
          'testLogProb',
          'gaussianTestLogProb',
          'independentTestLogProb',
          'trainStandardError',
          'validationStandardError',
          'testStandardError',
          'standardizedTestLogProb',
          'bitsPerDimension',
          'roundTripError',
        ],
        verdictSchemas,
      ),
    ),
    warnings: Type.Array(Type.String()),
    priority: Type.Integer({ description: 'Which of the owner’s waiting models are trained first: the higher' }),
    memoryBytes: Nullable(
      Type.Number({ description: 'About how much memory its training needs; null for models of an earlier version' }),
    ),
    error: Type.Optional(
      Type.Object({ code: Type.String(), message: Type.String() }, { description: 'Why it failed' }),
    ),
    createdAt: timeSchema,
    startedAt: Type.Optional(timeSchema),
    finishedAt: Type.Optional(timeSchema),
  },
  { $id: 'Model' },
);

export const modelsQuery = Type.Object(
  { ...pageQuery.properties, name: Type.Optional(nameSchema('Only the versions of this name')) },
  strict,
);

export const newModelSchema = Type.Object(
  {
    datasetId: Type.String({ format: 'uuid' }),
    name: Type.Optional(nameSchema('What to call the model; else it is called as its dataset')),
    columns: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        uniqueItems: true,
        description: 'The columns to model; all where none are given',
      }),
    ),
    context: Type.Optional(
      Type.Array(Type.String(), {
        uniqueItems: true,
        description: 'Columns that condition the modelled ones; these are then all others, where none are given',
      }),
    ),
    flow: Type.Optional(Type.Unknown({ description: 'A preset’s name or a flow spec; left out: "auto"' })),
    missing: missingSchema,
    training: Type.Optional(trainingSchema),
    seed: Type.Integer({
      minimum: 0,
      maximum: 2 ** 32 - 1,
      default: 0,
      description: 'The same seed gives the same model',
    }),
    priority: Type.Integer({
      ...priorityRange,
      default: 0,
      description: 'Of your own waiting models those with a higher one are trained first; nobody else’s turn changes',
    }),
  },
  {
    ...strict,
    examples: [
      { datasetId: '01930000-0000-7000-8000-000000000000', flow: 'real-nvp', training: { steps: 500 }, seed: 1 },
    ],
  },
);

export const resolvedModelSchema = Type.Object(
  {
    ...resolvedFlowProperties,
    columns: Type.Array(Type.String(), { description: 'The columns that would be modelled' }),
    context: Type.Array(Type.String(), { description: 'The columns that would condition them' }),
    memoryBytes: Nullable(
      Type.Number({ description: 'About how much memory its training would need; null where there are problems' }),
    ),
    training: Nullable(storedObject('How it would be trained, resolved; null where there are problems')),
    warnings: Type.Array(Type.String()),
  },
  { description: 'The model as it would be trained, or what is wrong with the request' },
);

export type ResolvedModel = Static<typeof resolvedModelSchema>;
export type NewModelBody = Static<typeof newModelSchema>;

export function toModelBody(model: Model): Static<typeof modelSchema> {
  const { attempt: _attempt, error, createdAt, startedAt, finishedAt, ...rest } = model;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    ...(error && { error }),
    ...(startedAt && { startedAt: startedAt.toISOString() }),
    ...(finishedAt && { finishedAt: finishedAt.toISOString() }),
  };
}
