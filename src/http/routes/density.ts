import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import { type ColumnEncoding, type Encoding, isNumber } from '../../flow/encoding/encoding.ts';
import { type GridAxisRequest, gridDensity } from '../../serving/grid.ts';
import type { Range } from '../../serving/grid-axis.ts';
import { GridError } from '../../serving/grid-error.ts';
import { toDensityBody } from '../answers/density-body.ts';
import { givenCodes } from '../bodies/given-cells.ts';
import { givenInQuery, queryRefusal } from '../bodies/query-refusal.ts';
import { modelParams } from '../schemas/alias.ts';
import { problems } from '../schemas/common.ts';
import { densityQuery, densityResponse, mostPoints, usualPoints } from '../schemas/density.ts';

/** Densities over grids, for plots. */
export const densityRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/models/:id/density',
    {
      schema: {
        operationId: 'getDensity',
        summary: 'The density of one column or two over a grid',
        description:
          'For plots. Columns that are neither an axis nor `given` are integrated out. Where there are none it is the model’s own density, and `method` is `exact`; else it is estimated from samples of the model, with a standard error for each cell.',
        tags: ['inference'],
        params: modelParams,
        querystring: densityQuery,
        response: { 200: densityResponse, ...problems(400, 404, 409, 422) },
      },
    },
    async ({ params: { id }, query, own: { serving } }) => {
      const { samples, seed } = query;
      const encoding = await serving.encoding(id);
      const axes = axesOf(query, encoding);
      const { given, context } = givenIn(query, encoding);
      try {
        return toDensityBody(await gridDensity(serving, id, { axes, given, context, samples, seed }));
      } catch (error) {
        if (error instanceof GridError) throw refusal('given', `${error.message}.`, 'no-density');
        throw error;
      }
    },
  );
};

type Query = Static<typeof densityQuery>;

function axesOf(query: Query, encoding: Encoding): GridAxisRequest[] {
  const { x, y, xRange, yRange } = query;
  if (y === undefined && yRange !== undefined) throw refusal('yRange', 'There is no y that it could be the range of.');
  if (x === y) throw refusal('y', `Expected another column than x, got ${JSON.stringify(y)}.`);
  const dimensions = y === undefined ? 1 : 2;
  const resolution = query.resolution ?? usualPoints[dimensions];
  if (resolution > mostPoints[dimensions])
    throw refusal(
      'resolution',
      `Expected at most ${mostPoints[dimensions]} points along each of two axes, got ${resolution}.`,
    );
  const axis = (name: 'x' | 'y', column: string, text: string | undefined) => {
    const place = encoding.columns.findIndex((candidate) => candidate.name === column);
    if (place === -1)
      throw refusal(name, `Expected one of ${namesOf(encoding.columns)}, got ${JSON.stringify(column)}.`);
    return { column: place, resolution, range: rangeOf(`${name}Range`, text, encoding.columns[place]) };
  };
  return [axis('x', x, xRange), ...(y === undefined ? [] : [axis('y', y, yRange)])];
}

function rangeOf(parameter: string, text: string | undefined, column: ColumnEncoding): Range | undefined {
  if (text === undefined) return undefined;
  if (!isNumber(column)) throw refusal(parameter, `The column "${column.name}" has categories, which have no range.`);
  const [lower, upper] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (Number.isFinite(upper - lower) && lower < upper) return [lower, upper];
  throw refusal(parameter, `Expected two numbers, the lesser first, got ${JSON.stringify(text)}.`);
}

function givenIn({ x, y, given: text }: Query, { columns, context }: Encoding) {
  const isAxis = ({ name }: ColumnEncoding) => name === x || name === y;
  const codes = givenCodes(givenInQuery(text, 'invalid-grid'), {
    required: context,
    optional: columns.filter((column) => !isAxis(column)),
  });
  const given = new Map<number, number>();
  for (const [place, { name }] of columns.entries()) {
    const code = codes.get(name);
    if (code !== undefined) given.set(place, code);
  }
  return { given, context: context.map(({ name }) => codes.get(name) ?? Number.NaN) };
}

const namesOf = (columns: readonly ColumnEncoding[]) => columns.map(({ name }) => JSON.stringify(name)).join(', ');

const refusal = (parameter: string, message: string, code = 'invalid-grid') => queryRefusal(parameter, message, code);
