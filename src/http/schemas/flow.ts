import { type Static, Type } from 'typebox';
import { Nullable, strict } from './common.ts';

/** An object whose keys are the flow's own to define. */
const openObject = (description: string) =>
  Type.Unsafe<object>(Type.Object({}, { additionalProperties: true, description }));

const partType = Type.Object({
  type: Type.String({ description: 'What a spec calls it' }),
  summary: Type.String(),
  schema: openObject('JSON schema of what a spec may say of it'),
});

/** The presets, and everything that a spec may be made of. */
export const flowCatalogueSchema = Type.Object(
  {
    presets: Type.Array(
      Type.Object({
        name: Type.String(),
        summary: Type.String(),
        isDefault: Type.Boolean(),
        flow: Nullable(
          openObject(
            'The spec that it stands for on the example table; null for "auto" and "anomaly", which stand for several',
          ),
        ),
      }),
    ),
    exampleTable: Type.Object(
      { columns: Type.Integer(), rows: Type.Integer() },
      { description: 'The table that the presets are shown for; they are sized for each anew' },
    ),
    layers: Type.Array(partType),
    bases: Type.Array(partType),
    categorical: openObject('JSON schema of what a spec may say of the networks of discrete variables'),
  },
  { description: 'What flows are made of' },
);

export const resolveFlowSchema = Type.Object(
  {
    flow: Type.Optional(Type.Unknown({ description: 'A preset’s name or a flow spec; left out: "auto"' })),
    columns: Type.Integer({ minimum: 1, description: 'Columns that are modelled' }),
    context: Type.Integer({ minimum: 0, default: 0, description: 'Columns that condition them' }),
    rows: Type.Integer({ minimum: 1, default: 1000, description: 'Rows of the table, for which presets are sized' }),
    seed: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1, default: 0, description: 'Decides what is left to chance' }),
  },
  {
    ...strict,
    examples: [
      {
        flow: {
          layers: [
            { type: 'coupling', hidden: [64, 64] },
            { type: 'permutation', kind: 'reverse' },
          ],
        },
        columns: 4,
      },
    ],
  },
);

/** What a flow amounts to, or what is wrong with it. */
export const resolvedFlowProperties = {
  flow: Nullable(
    openObject('The flow with nothing left to a default; null for "auto" and "anomaly", and where it has problems'),
  ),
  parameterCount: Nullable(Type.Integer({ description: 'Numbers that are trained, those of the base included' })),
  layers: Type.Array(Type.Object({ type: Type.String(), inverse: Type.Boolean(), parameterCount: Type.Integer() }), {
    description: 'From the data towards the base',
  }),
  candidates: Type.Array(
    Type.Object({ name: Type.String(), flow: openObject('Resolved'), parameterCount: Type.Integer() }),
    { description: 'The flows that race for "auto", or are mixed into "anomaly"' },
  ),
  problems: Type.Array(Type.Object({ path: Type.String({ description: 'JSON pointer' }), message: Type.String() })),
};

export const resolvedFlowSchema = Type.Object(resolvedFlowProperties, {
  description: 'The flow as it would be trained, or what is wrong with it',
});

export type FlowCatalogue = Static<typeof flowCatalogueSchema>;
export type ResolveFlowBody = Static<typeof resolveFlowSchema>;
export type ResolvedFlow = Static<typeof resolvedFlowSchema>;
