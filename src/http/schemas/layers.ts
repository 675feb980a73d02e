import { Type } from 'typebox';
import { gridShapes, lineVertices } from '../../serving/steps/base-grid.ts';
import { Nullable, strict } from './common.ts';
import { cellSchema } from './rows.ts';

export const mostPoints = 5000;
/** Points and vertices of the grid at all states together: some megabytes. */
export const mostPlaces = 300_000;

export const layersQuery = Type.Object(
  {
    x: Type.String({ description: 'A modelled column of numbers', examples: ['x'] }),
    y: Type.String({ description: 'Another one', examples: ['y'] }),
    from: Type.Enum(['samples', 'rows'], {
      default: 'samples',
      description:
        'Which points: samples, drawn at the base and carried to the data, or rows of the dataset that the model was trained on, carried from the data to the base',
    }),
    n: Type.Integer({ minimum: 1, maximum: mostPoints, default: 1000, description: 'How many points' }),
    seed: Type.Integer({
      minimum: 0,
      maximum: 2 ** 32 - 1,
      default: 0,
      description:
        'Of the samples, which in the table’s units are the rows that sampling gives with this seed; or of the choice of rows',
    }),
    member: Type.Integer({
      minimum: 0,
      default: 0,
      description:
        'Of a mixture of several flows, which one. With this seed, sampling has the rows of each flow where it was the one chosen',
    }),
    grid: Type.Enum([...gridShapes], {
      default: 'squares',
      description: 'Of what the grid at the base is made: squares, or circles and rays around its centre',
    }),
    lines: Type.Integer({
      minimum: 2,
      maximum: 41,
      default: 15,
      description: 'Lines of the grid in each direction, or circles and as many rays',
    }),
    permutations: Type.Optional(
      Type.Enum(['shown', 'followed'], {
        description:
          'What a permutation does: shown, it exchanges coordinates of the plane, for others of more than two; followed, the two columns are shown wherever they stand. Left out: shown where there are but two columns of numbers',
      }),
    ),
    given: Type.Optional(
      Type.String({
        description:
          'As a JSON object, a value of each context column, if the model has any: of the samples and of the grid; and of columns of categories, for which the grid stands: the commonest of the points’ where it is left out',
        examples: ['{"species":"Adelie"}'],
      }),
    ),
  },
  strict,
);

const points = (description: string) => Type.Array(Nullable(Type.Number()), { description });

const range = (description: string) => Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description });

const hyperplaneSchema = Type.Object(
  {
    normal: Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: 'w, along x and y' }),
    offset: Type.Number({ description: 'b' }),
    stretch: Type.Number({
      description: 'By what factor it stretches areas there, on the way to the data; below 1 it squeezes them',
    }),
  },
  { description: 'A line w.(x, y) + b = 0 of the plane' },
);

const stateSchema = Type.Object({
  name: Type.String({ description: 'As in "planar 3 of 8", counted from the base' }),
  kind: Type.String({ description: '"base", the kind of the layer that led here, or "units"' }),
  layer: Type.Optional(
    Type.Integer({ description: 'Its place in the member’s resolved flow, which lists layers from the data' }),
  ),
  spec: Type.Optional(Type.Unsafe<object>(Type.Object({}, { additionalProperties: true, description: 'The layer' }))),
  x: Type.String({ description: 'What is along x: a coordinate, such as "z1", or in the table’s units the column' }),
  y: Type.String(),
  hyperplanes: Type.Array(hyperplaneSchema, {
    description:
      'Of planar and Sylvester layers, where there are but two columns of numbers: the lines across which the layer stretches or squeezes the plane, in the coordinates of this state. (Of an inverse Sylvester layer in those of the state before.)',
  }),
  points: points(
    'x and y of each point in turn, rounded to a small part of their spread; null where the row lacks one of the two, or has no density',
  ),
  grid: points('x and y of each vertex in turn'),
});

export const layersResponse = Type.Object(
  {
    from: Type.Enum(['samples', 'rows']),
    points: Type.Integer({ description: 'How many: fewer than asked for where the dataset has fewer rows' }),
    member: Type.Integer(),
    members: Type.Integer({ description: 'How many flows are mixed' }),
    base: Type.Unsafe<object>(Type.Object({}, { additionalProperties: true, description: 'The base distribution' })),
    permutations: Type.Enum(['shown', 'followed']),
    grid: Type.Object(
      {
        shape: Type.Enum([...gridShapes]),
        lines: Type.Integer({
          description:
            'In each direction. Squares: first the lines at each x, then those at each y; circles: first these, the inmost first, then the rays',
        }),
        vertices: Type.Integer({ description: `Of each line: ${lineVertices}` }),
        x: range('Over what it lies at the base'),
        y: range('Over what it lies at the base'),
        centred: Type.Array(Type.String(), {
          description: 'The coordinates that are at the centre of the base for all of it',
        }),
        given: Type.Record(Type.String(), cellSchema, {
          description: 'The context and the categories that it stands for',
        }),
      },
      { description: 'A regular grid of the plane at the base, and what the layers make of it' },
    ),
    states: Type.Array(stateSchema, {
      description: 'From the base, behind each layer, to the table’s units, whichever way the points were carried',
    }),
  },
  {
    examples: [
      {
        from: 'samples',
        points: 1,
        member: 0,
        members: 1,
        base: { type: 'normal' },
        permutations: 'shown',
        grid: { shape: 'squares', lines: 2, vertices: 121, x: [-3, 3], y: [-3, 3], centred: [], given: {} },
        states: [
          { name: 'base', kind: 'base', x: 'z1', y: 'z2', hyperplanes: [], points: [0.3, -1.2], grid: [-3, -3] },
          {
            name: 'planar 1 of 1',
            kind: 'planar',
            layer: 0,
            spec: { type: 'planar' },
            x: 'z1',
            y: 'z2',
            hyperplanes: [{ normal: [1, 0.5], offset: 0.1, stretch: 2.1 }],
            points: [0.1, -1.4],
            grid: [-3.4, -3.2],
          },
          {
            name: 'the table’s units',
            kind: 'units',
            x: 'x',
            y: 'y',
            hyperplanes: [],
            points: [12, 4.1],
            grid: [2, 1],
          },
        ],
      },
    ],
  },
);
