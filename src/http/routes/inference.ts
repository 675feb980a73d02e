import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RequestError } from '../errors.ts';
import { matrixRows, sendLogProb, sendRows } from '../row-formats.ts';
import { idParams, problems, strict } from '../schemas/common.ts';
import { formatQuery, logProbResponse, rowsResponse } from '../schemas/rows.ts';
import { readScoredRows } from '../scored-rows.ts';
import type { Services } from '../services.ts';
import { acceptTables, clientGone, tableBody } from '../table-body.ts';
import { streamingValidatorCompiler } from '../validation.ts';

const tags = ['inference'];

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
        querystring: Type.Object(
          {
            n: Type.Integer({ minimum: 1, default: 100, description: 'How many rows', examples: [10] }),
            seed: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1, default: 0 }),
            ...formatQuery,
          },
          strict,
        ),
        response: { 200: rowsResponse, ...problems(400, 404, 409, 422) },
      },
    },
    async ({ params: { id }, query: { n, seed, format } }, reply) => {
      if (n > maxSampleRows)
        throw new RequestError(422, 'too-many-rows', `n=${n} is more than MAX_SAMPLE_ROWS=${maxSampleRows} allows.`, {
          faults: [{ path: '/n', message: `Expected at most ${maxSampleRows}.` }],
        });
      const columns = await serving.columns(id);
      const rows = await serving.sample(id, { n, seed });
      return sendRows(reply, format, columns, matrixRows(rows, columns.length));
    },
  );
};

const scoredRowsSchema = Type.Object(
  {
    rows: Type.Optional(Type.Array(Type.Array(Type.Number()), { description: 'In the order of the model’s columns' })),
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
        description: 'In nats, in the data’s own units, in the order of the rows.',
        tags,
        params: idParams,
        querystring: Type.Object(formatQuery, strict),
        body: {
          content: {
            'application/json': { schema: scoredRowsSchema },
            'text/csv': { schema: Type.String({ examples: ['x,y\n0.1,1.2\n0.4,0.9\n'] }) },
          },
        },
        response: { 200: logProbResponse, ...problems(400, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      // Before the body is read for it in vain.
      const columns = await serving.columns(request.params.id);
      const { rows, rowCount } = await readScoredRows(tableBody(request), columns, config, clientGone(reply));
      return sendLogProb(reply, request.query.format, await serving.logProb(request.params.id, rows, rowCount));
    },
  );
};
