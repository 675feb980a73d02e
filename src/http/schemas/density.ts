import { Type } from 'typebox';
import { strict } from './common.ts';
import { cellSchema } from './rows.ts';

/** The most points along one axis, and along each of two. */
export const mostPoints = { 1: 1000, 2: 128 } as const;
export const usualPoints = { 1: 100, 2: 50 } as const;

const range = (axis: string) =>
  Type.Optional(
    Type.String({
      pattern: '^[^,]+,[^,]+$',
      description: `From where to where ${axis} goes, two numbers; left out: the central 99.8 % of the model’s samples, widened by a twentieth at each end, within the column’s bounds`,
      examples: ['-3,3'],
    }),
  );

export const densityQuery = Type.Object(
  {
    x: Type.String({ description: 'A modelled column', examples: ['x'] }),
    y: Type.Optional(Type.String({ description: 'Another one' })),
    xRange: range('x'),
    yRange: range('y'),
    resolution: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: mostPoints[1],
        description: `Points along each axis; left out: ${usualPoints[1]}, with y ${usualPoints[2]} and at most ${mostPoints[2]}`,
      }),
    ),
    given: Type.Optional(
      Type.String({
        description:
          'As a JSON object, values of other columns, null for a missing cell, and of each context column, if the model has any',
        examples: ['{"z":0.5}'],
      }),
    ),
    samples: Type.Integer({
      minimum: 1000,
      maximum: 500_000,
      default: 50_000,
      description: 'How many samples an estimate is made of',
    }),
    seed: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1, default: 0, description: 'Of the samples' }),
  },
  strict,
);

const axisSchema = Type.Object({
  column: Type.String(),
  kind: Type.String(),
  values: Type.Array(cellSchema, {
    description: 'The centres of cells that follow each other, or the categories, null where a cell is missing',
  }),
  width: Type.Number({ description: 'What a cell spans, in the column’s unit; 1 for a category or a single integer' }),
});

const overGrid = (description: string) =>
  Type.Union([Type.Array(Type.Number()), Type.Array(Type.Array(Type.Number()))], { description });

export const densityResponse = Type.Object(
  {
    x: axisSchema,
    y: Type.Optional(axisSchema),
    density: overGrid(
      'At each value of x; with y a row for each value of y. In 1 over the axes’ units; of a category or an integer, its probability',
    ),
    method: Type.Enum(['exact', 'sampled'], {
      description: 'Whether it is the model’s own density, or estimated from samples of it',
    }),
    standardError: Type.Optional(overGrid('Of each density, where it is estimated')),
    samples: Type.Optional(
      Type.Number({
        description: 'How many independent samples the estimate is worth: with columns given, fewer than asked for',
      }),
    ),
    integral: Type.Number({
      description:
        'What the density sums up to over the cells; what it lacks of 1 lies beyond the ranges, or is missing. 1 where it is exact and columns are given: it is then normalised over the grid',
    }),
    logGiven: Type.Optional(
      Type.Number({
        description:
          'Where it is exact and columns are given: the log of their own density, as far as the grid covers it. The joint log-density at a point is this plus the log of `density`',
      }),
    ),
  },
  {
    examples: [
      {
        x: { column: 'x', kind: 'continuous', values: [-1, 0, 1], width: 1 },
        density: [0.242, 0.399, 0.242],
        method: 'exact',
        integral: 0.883,
      },
    ],
  },
);
