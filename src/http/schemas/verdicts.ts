import { Type } from 'typebox';

const open = { additionalProperties: true };

const calibrationSchema = Type.Object(
  {
    columns: Type.Array(
      Type.Object(
        {
          column: Type.String(),
          statistic: Type.Number({ description: 'Kolmogorov and Smirnov’s distance of the transforms from uniform' }),
          pValue: Type.Number(),
          coverage: Type.Array(Type.Object({ level: Type.Number(), observed: Type.Number() }), {
            description:
              'The share of test rows in the central interval to which the model gives the probability `level`',
          }),
          histogram: Type.Array(Type.Number(), {
            description: 'How many test rows have their transform in each of these equal parts of (0, 1)',
          }),
        },
        open,
      ),
    ),
    effectiveRows: Type.Optional(
      Type.Number({ description: 'How many independent transforms those of a column are worth' }),
    ),
    calibrated: Type.Boolean({
      description: 'Whether no column is told from a right model at 1 % for all of them together',
    }),
  },
  {
    ...open,
    description: 'Whether the marginal distribution of each column is right, by probability integral transforms',
  },
);

const twoSampleSchema = Type.Object(
  {
    statistic: Type.Number({ description: 'The energy distance' }),
    coefficient: Type.Number({ description: 'The energy distance as a part, from 0 to 1, of what it could be' }),
    pValue: Type.Number(),
    rows: Type.Array(Type.Integer(), { description: 'Test rows, and samples' }),
    permutations: Type.Integer(),
  },
  { ...open, description: 'Whether samples can be told from test rows' },
);

const memorizationSchema = Type.Object(
  {
    zScore: Type.Number({ description: 'Strongly negative where samples are copies of training rows' }),
    medianSampleDistance: Type.Number(),
    medianTestDistance: Type.Number(),
    rows: Type.Optional(Type.Integer({ description: 'How many samples were compared with as many test rows' })),
    copied: Type.Boolean(),
  },
  { ...open, description: 'Whether samples lie closer to training rows than test rows do' },
);

/** How a model's samples stand up to test rows, as far as the version of the service that trained it tells. */
export const verdictSchemas = {
  calibration: Type.Optional(calibrationSchema),
  twoSample: Type.Optional(twoSampleSchema),
  memorization: Type.Optional(memorizationSchema),
  calibrationRows: Type.Optional(
    Type.Integer({ description: 'How many rows, used for nothing that was learned, p-values are places among' }),
  ),
};
