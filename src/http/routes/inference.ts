import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { ColumnEncoding } from '../../flow/encoding/encoding.ts';
import type { Cell } from '../../table/cells.ts';
import { cellsOf, encoder, isMissing } from '../../table/codes.ts';
import { problemError, problemOf } from '../../table/row-problems.ts';
import { outputColumn } from '../../table/write-parquet.ts';
import { columnCodes } from '../../training/sources.ts';
import { RequestError } from '../errors.ts';
import { type RowFormat, sendLogProb, sendRows } from '../row-formats.ts';
import { idParams, problems, strict } from '../schemas/common.ts';
import { cellSchema, formatQuery, logProbResponse, rowsResponse, tableContent } from '../schemas/rows.ts';
import { readScoredRows } from '../scored-rows.ts';
import type { Services } from '../services.ts';
import { acceptTables, clientGone, tableBody } from '../table-body.ts';
import { streamingValidatorCompiler } from '../validation.ts';

const tags = ['inference'];

const sampleProperties = {
  n: Type.Integer({ minimum: 1, default: 100, description: 'How many rows', examples: [10] }),
  seed: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1, default: 0 }),
};

/** Rows drawn from a trained model. */
export const sampleRoutes: FastifyPluginAsyncTypebox<Services> = async (app, { config, serving }) => {
  const { maxSampleRows } = config.limits;

  app.get(
    '/models/:id/sample',
    {
      schema: {
        operationId: 'sampleModel',
        summary: 'Draw rows from a model',
        description: 'The same seed gives the same rows, and row i does not depend on n.',
        tags,
        params: idParams,
        querystring: Type.Object({ ...sampleProperties, ...formatQuery }, strict),
        response: { 200: rowsResponse, ...problems(400, 404, 409, 422) },
      },
    },
    async ({ params: { id }, query: { n, seed, format } }, reply) => {
      checkCount(n, maxSampleRows);
      const { columns, context } = await serving.encoding(id);
      if (context.length > 0)
        throw new RequestError(
          422,
          'context-missing',
          `The model is conditioned on ${context.map(({ name }) => name).join(', ')}: POST their values.`,
        );
      const rows = await serving.sample(id, { n, seed });
      return sendDrawn(reply, format, columns, rows);
    },
  );

  app.post(
    '/models/:id/sample',
    {
      schema: {
        operationId: 'sampleModelGiven',
        summary: 'Draw rows from a model, given values of its context columns',
        description: 'The same seed and context give the same rows, and row i does not depend on n.',
        tags,
        params: idParams,
        querystring: Type.Object(formatQuery, strict),
        body: Type.Object(
          {
            ...sampleProperties,
            context: Type.Record(Type.String(), cellSchema, {
              default: {},
              description: 'A value for each context column of the model',
            }),
          },
          { ...strict, examples: [{ n: 10, seed: 1, context: { x: 0.5 } }] },
        ),
        response: { 200: rowsResponse, ...problems(400, 404, 409, 422) },
      },
    },
    async ({ params: { id }, query: { format }, body: { n, seed, context: values } }, reply) => {
      checkCount(n, maxSampleRows);
      const { columns, context } = await serving.encoding(id);
      const rows = await serving.sample(id, { n, seed, context: contextCodes(values, context) });
      return sendDrawn(reply, format, columns, rows);
    },
  );
};

/** Rows in codes, as what they stand for. */
function sendDrawn(reply: FastifyReply, format: RowFormat, columns: readonly ColumnEncoding[], rows: Float64Array) {
  const codes = columns.map(columnCodes);
  return sendRows(reply, format, codes.map(outputColumn), cellsOf(rows, codes));
}

function checkCount(n: number, maxSampleRows: number): void {
  if (n > maxSampleRows)
    throw new RequestError(422, 'too-many-rows', `n=${n} is more than MAX_SAMPLE_ROWS=${maxSampleRows} allows.`, {
      faults: [{ path: '/n', message: `Expected at most ${maxSampleRows}.` }],
    });
}

/**
 * The codes of the values, in the order of the model's context columns. Throws RequestError where one is missing, not asked
 * for, or not what its column holds.
 */
function contextCodes(values: Readonly<Record<string, Cell>>, context: readonly ColumnEncoding[]): number[] {
  const names = context.map(({ name }) => name);
  const expected = context.length > 0 ? `the model is conditioned on ${names.join(', ')}` : 'the model has no context';
  const faults = [
    ...Object.keys(values)
      .filter((name) => !names.includes(name))
      .map((name) => ({ path: `/context/${name}`, message: `Unknown context column; ${expected}.` })),
    ...names
      .filter((name) => !Object.hasOwn(values, name))
      .map((name) => ({ path: `/context/${name}`, message: `A value is missing; ${expected}.` })),
  ];
  const given = context.filter(({ name }) => Object.hasOwn(values, name));
  faults.push(...given.flatMap((column) => contextFault(column, values[column.name])));
  if (faults.length > 0)
    throw new RequestError(
      422,
      'context-mismatch',
      faults.map(({ path, message }) => `${path}: ${message}`).join(' '),
      { faults },
    );
  return context.map((column) => encoder(columnCodes(column))(values[column.name]));
}

function contextFault(column: ColumnEncoding, value: Cell): { path: string; message: string }[] {
  const absent = isMissing(value);
  if (absent && takesMissing(column)) return [];
  const codes = columnCodes(column);
  const problem = problemOf(codes, encoder(codes)(value), absent);
  return problem ? [{ path: `/context/${column.name}`, message: `Expected ${problem.expected}.` }] : [];
}

/** Whether a missing cell has a density: it is modelled, or taken for another value. */
export const takesMissing = ({ missing, fill }: ColumnEncoding) => missing || fill !== undefined;

export const scoredRowsSchema = Type.Object(
  {
    rows: Type.Optional(
      Type.Array(Type.Array(cellSchema), {
        description: 'In the order of the model’s columns, then of its context',
      }),
    ),
    records: Type.Optional(Type.Array(Type.Record(Type.String(), cellSchema))),
  },
  {
    ...strict,
    examples: [
      {
        rows: [
          [0.1, 1.2],
          [0.4, 0.9],
        ],
      },
    ],
  },
);

/** Log-densities under a trained model. */
export const logProbRoutes: FastifyPluginAsyncTypebox<Services> = async (app, { config, serving }) => {
  acceptTables(app);

  app.post(
    '/models/:id/log-prob',
    {
      validatorCompiler: streamingValidatorCompiler,
      schema: {
        operationId: 'scoreRows',
        summary: 'The log-density of rows under a model',
        description:
          'In nats, in the data’s own units, in the order of the rows; given the context, if the model has any. A row with a cell that cannot be scored gets null, and the cell is named in `problems`; with `strict` it is an error.',
        tags,
        params: idParams,
        querystring: Type.Object(
          {
            ...formatQuery,
            strict: Type.Boolean({ default: false, description: 'Whether one cell that cannot be scored is an error' }),
          },
          strict,
        ),
        body: {
          content: {
            'application/json': { schema: scoredRowsSchema },
            ...tableContent,
          },
        },
        response: { 200: logProbResponse, ...problems(400, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      // Before the body is read for it in vain.
      const { columns, context } = await serving.encoding(id);
      const all = [...columns, ...context];
      const scored = { columns: all.map(columnCodes) };
      const { rows, rowCount, problems } = await readScoredRows(tableBody(request), scored, config, clientGone(reply));
      const gaps = new Set(all.filter(takesMissing).map(({ name }) => name));
      const real = problems.filter(({ code, column }) => code !== 'missing-cell' || !gaps.has(column));
      if (request.query.strict && real.length > 0) throw problemError(real[0]);
      const logProb = await serving.logProb(id, rows, rowCount);
      for (const { row } of real) logProb[row] = Number.NEGATIVE_INFINITY;
      return sendLogProb(reply, request.query.format, logProb, real);
    },
  );
};
