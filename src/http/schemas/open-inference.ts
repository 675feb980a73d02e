import { Type } from 'typebox';

/** Of the protocol's objects; what they may hold besides is for extensions, and is let pass. */
const parameters = Type.Optional(
  Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
    description:
      'Of extensions: `binary_data_size` of an input, `binary_data` of an output, `binary_data_output` of a request',
  }),
);
const shape = Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1 });

/** What is so is said by the status, 200 or 4xx; KServe's own client reads it here. */
export const liveSchema = Type.Object({ live: Type.Boolean() });
export const readySchema = Type.Object({ ready: Type.Boolean() });
export const modelReadySchema = Type.Object({ name: Type.String(), ready: Type.Boolean() });

export const errorSchema = Type.Object({ error: Type.String() });

export const serverMetadataSchema = Type.Object({
  name: Type.String(),
  version: Type.String(),
  extensions: Type.Array(Type.String()),
});

const tensorMetadata = Type.Object({
  name: Type.String(),
  datatype: Type.String(),
  shape: Type.Array(Type.Integer({ description: '-1: any number' })),
});

export const modelMetadataSchema = Type.Object({
  name: Type.String({ description: 'The model’s id' }),
  versions: Type.Array(Type.String()),
  platform: Type.String(),
  inputs: Type.Array(tensorMetadata, { description: 'Where this is `rows`, a tensor for each column is taken too' }),
  outputs: Type.Array(tensorMetadata),
});

export const inferenceRequestSchema = Type.Object(
  {
    id: Type.Optional(Type.String()),
    parameters,
    inputs: Type.Array(
      Type.Object({
        name: Type.String(),
        shape,
        datatype: Type.String(),
        parameters,
        data: Type.Optional(
          Type.Array(Type.Unknown(), { description: 'Row by row, flat or nested; null where a cell is missing' }),
        ),
      }),
      { minItems: 1 },
    ),
    outputs: Type.Optional(Type.Array(Type.Object({ name: Type.String(), parameters }))),
  },
  {
    examples: [
      {
        id: '42',
        inputs: [
          {
            name: 'rows',
            shape: [2, 2],
            datatype: 'FP64',
            data: [
              [0.1, 1.2],
              [0.4, 0.9],
            ],
          },
        ],
      },
    ],
  },
);

export const inferenceResponseSchema = Type.Object(
  {
    model_name: Type.String(),
    model_version: Type.String(),
    id: Type.Optional(Type.String()),
    outputs: Type.Array(
      Type.Object({
        name: Type.String(),
        shape,
        datatype: Type.String(),
        parameters,
        data: Type.Optional(Type.Array(Type.Unknown())),
      }),
    ),
  },
  {
    examples: [
      {
        model_name: '01930000-0000-7000-8000-000000000000',
        model_version: '1',
        id: '42',
        outputs: [{ name: 'logProb', shape: [2], datatype: 'FP64', data: [-2.31, -1.97] }],
      },
    ],
  },
);
