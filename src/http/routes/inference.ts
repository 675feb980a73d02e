import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { ColumnEncoding } from '../../flow/encoding/encoding.ts';
import { scorableRows, scoreBlock } from '../../scoring/scores.ts';
import { ranges, sampleBlockRows } from '../../serving/blocks.ts';
import { inOrder } from '../../serving/in-order.ts';
import type { SampleRequest } from '../../serving/own-serving.ts';
import { cellsOf } from '../../table/codes.ts';
import { outputColumn } from '../../table/write-parquet.ts';
import { columnCodes } from '../../training/sources.ts';
import { type RowFormat, sendFewScores, sendRows, sendScores } from '../answers/row-formats.ts';
import { scoredRows } from '../answers/scored-rows.ts';
import { blocksUnderWay, scoresOf } from '../answers/scores.ts';
import { contextCodes } from '../bodies/context-codes.ts';
import { fewRows, smallJson } from '../bodies/few-rows.ts';
import { acceptTables, clientGone, tableBody } from '../bodies/table-body.ts';
import { spoolDirectory } from '../connections/spool-directory.ts';
import { RequestError } from '../errors.ts';
import { modelParams } from '../schemas/alias.ts';
import { problems, strict } from '../schemas/common.ts';
import {
  cellSchema,
  formatQuery,
  logProbResponse,
  rowsResponse,
  scoredRecordsSchema,
  scoredRowArraysSchema,
  tableContent,
} from '../schemas/rows.ts';
import { sampleProperties } from '../schemas/sample.ts';
import type { Own, RouteServices } from '../services.ts';
import { streamingValidatorCompiler } from '../validation.ts';

const tags = ['inference'];

/** Rows drawn from a trained model. */
export const sampleRoutes: FastifyPluginAsyncTypebox<RouteServices> = async (app, { config }) => {
  const { maxSampleRows } = config.limits;

  app.get(
    '/models/:id/sample',
    {
      schema: {
        operationId: 'sampleModel',
        summary: 'Draw rows from a model',
        description: 'The same seed gives the same rows, and row i does not depend on n.',
        tags,
        params: modelParams,
        querystring: Type.Object({ ...sampleProperties, ...formatQuery }, strict),
        response: { 200: rowsResponse, ...problems(400, 404, 409, 422, 503) },
      },
    },
    async ({ params: { id }, query: { n, seed, temperature, format }, own: { serving } }, reply) => {
      checkCount(n, maxSampleRows);
      const { columns, context } = await serving.encoding(id);
      if (context.length > 0)
        throw new RequestError(
          422,
          'context-missing',
          `The model is conditioned on ${context.map(({ name }) => name).join(', ')}: POST their values.`,
        );
      return sendDrawn(
        reply,
        format,
        columns,
        drawn(serving, id, { n, seed, temperature, columns: columns.length }, clientGone(reply)),
      );
    },
  );

  app.post(
    '/models/:id/sample',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'sampleModelGiven',
        summary: 'Draw rows from a model, given values of its context columns',
        description: 'The same seed and context give the same rows, and row i does not depend on n.',
        tags,
        params: modelParams,
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
        response: { 200: rowsResponse, ...problems(400, 404, 409, 422, 503) },
      },
    },
    async ({ params: { id }, query: { format }, body, own: { serving } }, reply) => {
      const { n, seed, temperature, context: values } = body;
      checkCount(n, maxSampleRows);
      const { columns, context } = await serving.encoding(id);
      const request = { n, seed, temperature, columns: columns.length, context: contextCodes(values, context) };
      return sendDrawn(reply, format, columns, drawn(serving, id, request, clientGone(reply)));
    },
  );
};

/** Rows drawn at a time, and cells, about: they are held in memory and written at once. */
const mostDrawnRows = 4096;
const drawnCells = 2 ** 18;
const drawnRows = (columns: number) =>
  Math.min(mostDrawnRows, Math.max(1, Math.floor(drawnCells / columns / sampleBlockRows)) * sampleBlockRows);

/** Samples in blocks of rows, in order. */
function drawn(
  serving: Own['serving'],
  id: string,
  { n, columns, ...request }: SampleRequest & { readonly columns: number },
  gone: AbortSignal,
): AsyncGenerator<Float64Array> {
  const starts = ranges(n, drawnRows(columns));
  return inOrder(starts, blocksUnderWay, async ([first, count]) => {
    gone.throwIfAborted();
    return serving.sample(id, { ...request, first, n: count });
  });
}

/** Rows in codes, as what they stand for. */
function sendDrawn(
  reply: FastifyReply,
  format: RowFormat,
  columns: readonly ColumnEncoding[],
  blocks: AsyncIterable<Float64Array>,
) {
  const codes = columns.map(columnCodes);
  async function* cells() {
    for await (const rows of blocks) yield* cellsOf(rows, codes);
  }
  return sendRows(reply, format, codes.map(outputColumn), cells());
}

function checkCount(n: number, maxSampleRows: number): void {
  if (n > maxSampleRows)
    throw new RequestError(422, 'too-many-rows', `n=${n} is more than MAX_SAMPLE_ROWS=${maxSampleRows} allows.`, {
      faults: [{ path: '/n', message: `Expected at most ${maxSampleRows}.` }],
    });
}

export const scoredRowsSchema = Type.Union(
  [Type.Object({ rows: scoredRowArraysSchema }, strict), Type.Object({ records: scoredRecordsSchema }, strict)],
  {
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
export const logProbRoutes: FastifyPluginAsyncTypebox<RouteServices> = async (app, { config }) => {
  acceptTables(app);

  app.post(
    '/models/:id/log-prob',
    {
      config: { scope: 'read' },
      validatorCompiler: streamingValidatorCompiler,
      schema: {
        operationId: 'scoreRows',
        summary: 'The log-density of rows under a model',
        description:
          'In nats, in the data’s own units, in the order of the rows; given the context, if the model has any. A row that cannot be scored gets null, and what is wrong with it is said in `problems`, after the log-densities; with `strict` it is an error. Rows are scored and answered as they come: an error after the first part of the answer was sent ends the connection.',
        tags,
        params: modelParams,
        querystring: Type.Object(
          {
            ...formatQuery,
            strict: Type.Boolean({
              default: false,
              description:
                'Whether one row that cannot be scored is an error; then the answer begins when all rows are scored',
            }),
            problems: Type.Boolean({
              default: false,
              description:
                'Whether CSV, NDJSON and Parquet have a second column, `problem`: what is wrong with the row',
            }),
          },
          strict,
        ),
        body: {
          content: {
            'application/json': { schema: scoredRowsSchema },
            ...tableContent,
          },
        },
        response: { 200: logProbResponse, ...problems(400, 404, 409, 413, 415, 422, 503) },
      },
    },
    async (request, reply) => {
      const { serving } = request.own;
      const { id } = request.params;
      const { format, problems: withProblems, strict: isStrict } = request.query;
      // Before the body is read for it in vain.
      const { codes, gaps } = scorableRows(await serving.encoding(id));
      const asked = { serving, id, gaps, isStrict, shadow: request.shadow };
      const body = tableBody(request);
      const small = await smallJson(body, request.headers['content-length']);
      const few = small && fewRows(small, codes, config.limits);
      if (few && format === 'json') return sendFewScores(reply, await scoreBlock(asked, few));
      const gone = clientGone(reply);
      const chunks = small ? Readable.from([small]) : body.chunks;
      const rows = scoredRows(
        { ...body, chunks },
        { columns: codes, ignored: await serving.otherColumns(id) },
        config,
        gone,
      );
      const directory = spoolDirectory(config.dataDirectory);
      const answer = { format, withProblems, whole: isStrict, directory };
      return sendScores(reply, answer, scoresOf(asked, rows, gone));
    },
  );
};
