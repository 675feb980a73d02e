import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RequestError } from '../errors.ts';
import { matrixRows, sendLogProb, sendRows } from '../row-formats.ts';
import { idParams, problems, strict } from '../schemas/common.ts';
import { formatQuery, logProbResponse, rowsResponse, tableContent } from '../schemas/rows.ts';
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
      const { columns, context } = await serving.columns(id);
      if (context.length > 0)
        throw new RequestError(
          422,
          'context-missing',
          `The model is conditioned on ${context.join(', ')}: POST their values.`,
        );
      const rows = await serving.sample(id, { n, seed });
      return sendRows(reply, format, columns, matrixRows(rows, columns.length));
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
            context: Type.Record(Type.String(), Type.Number(), {
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
      const { columns, context } = await serving.columns(id);
      const rows = await serving.sample(id, { n, seed, context: contextValues(values, context) });
      return sendRows(reply, format, columns, matrixRows(rows, columns.length));
    },
  );
};

function checkCount(n: number, maxSampleRows: number): void {
  if (n > maxSampleRows)
    throw new RequestError(422, 'too-many-rows', `n=${n} is more than MAX_SAMPLE_ROWS=${maxSampleRows} allows.`, {
      faults: [{ path: '/n', message: `Expected at most ${maxSampleRows}.` }],
    });
}

/** The values in the order of the model's context columns. Throws RequestError where one is missing or not asked for. */
function contextValues(values: Readonly<Record<string, number>>, context: readonly string[]): number[] {
  const expected =
    context.length > 0 ? `the model is conditioned on ${context.join(', ')}` : 'the model has no context';
  const faults = [
    ...Object.keys(values)
      .filter((name) => !context.includes(name))
      .map((name) => ({ path: `/context/${name}`, message: `Unknown context column; ${expected}.` })),
    ...context
      .filter((name) => !Object.hasOwn(values, name))
      .map((name) => ({ path: `/context/${name}`, message: `A value is missing; ${expected}.` })),
  ];
  if (faults.length > 0)
    throw new RequestError(
      422,
      'context-mismatch',
      faults.map(({ path, message }) => `${path}: ${message}`).join(' '),
      {
        faults,
      },
    );
  return context.map((name) => values[name]);
}

const scoredRowsSchema = Type.Object(
  {
    rows: Type.Optional(
      Type.Array(Type.Array(Type.Number()), {
        description: 'In the order of the model’s columns, then of its context',
      }),
    ),
    records: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Number()))),
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
          'In nats, in the data’s own units, in the order of the rows; given the context, if the model has any.',
        tags,
        params: idParams,
        querystring: Type.Object(formatQuery, strict),
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
      // Before the body is read for it in vain.
      const { columns, context } = await serving.columns(request.params.id);
      const names = [...columns, ...context];
      const { rows, rowCount } = await readScoredRows(tableBody(request), names, config, clientGone(reply));
      return sendLogProb(reply, request.query.format, await serving.logProb(request.params.id, rows, rowCount));
    },
  );
};
