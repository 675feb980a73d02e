import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import { type ColumnEncoding, type Encoding, isNumber } from '../../flow/encoding/encoding.ts';
import { type GridAxisRequest, type GridDensity, gridDensity } from '../../serving/grid.ts';
import type { Axis, Range } from '../../serving/grid-axis.ts';
import { GridError } from '../../serving/grid-error.ts';
import type { Cell } from '../../table/cells.ts';
import { cellsOf } from '../../table/codes.ts';
import { parseJson } from '../../table/nested-json.ts';
import { columnCodes } from '../../training/sources.ts';
import { givenCodes } from '../bodies/given-cells.ts';
import { RequestError } from '../errors.ts';
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
        return toBody(await gridDensity(serving, id, { axes, given, context, samples, seed }));
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
  const codes = givenCodes(text === undefined ? {} : parsed(text), {
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

function parsed(text: string): Record<string, unknown> {
  try {
    const value = parseJson(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Refused below, with everything else that is no object.
  }
  throw refusal('given', `Expected a JSON object, got ${JSON.stringify(text)}.`);
}

const namesOf = (columns: readonly ColumnEncoding[]) => columns.map(({ name }) => JSON.stringify(name)).join(', ');

function refusal(parameter: string, message: string, code = 'invalid-grid'): RequestError {
  return new RequestError(422, code, `querystring/${parameter}: ${message}`, {
    faults: [{ path: `/${parameter}`, message }],
  });
}

function toBody({
  axes,
  density,
  standardErrors,
  integral,
  logGiven,
  effectiveSamples,
}: GridDensity): Static<typeof densityResponse> {
  const [x, y] = axes.map(toAxis);
  const shaped = (values: Float64Array) => (y ? rowsOf(values, x.values.length) : Array.from(values));
  return {
    x,
    ...(y && { y }),
    density: shaped(density),
    method: standardErrors ? 'sampled' : 'exact',
    ...(standardErrors && { standardError: shaped(standardErrors), samples: effectiveSamples }),
    integral,
    ...(logGiven !== undefined && { logGiven }),
  };
}

function toAxis({ column, codes, width }: Axis) {
  const values: Cell[] = [...cellsOf(codes, [columnCodes(column)])].flatMap((rows) => rows.map(([cell]) => cell));
  return { column: column.name, kind: column.kind, values, width };
}

const rowsOf = (values: Float64Array, width: number) =>
  Array.from({ length: values.length / width }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
