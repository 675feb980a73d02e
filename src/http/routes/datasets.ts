import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Dataset } from '../../store/datasets.ts';
import { shown } from '../../table/errors.ts';
import { readRows } from '../../table/matrix.ts';
import { storedColumn } from '../../table/write-parquet.ts';
import { sendRows } from '../answers/row-formats.ts';
import { RequestError } from '../errors.ts';
import {
  conditionalHeaders,
  idParams,
  notModified,
  pageOf,
  pageQuery,
  problems,
  refTo,
  strict,
} from '../schemas/common.ts';
import { datasetSchema, toDatasetBody, toListedDataset } from '../schemas/dataset.ts';
import { formatQuery, rowsResponse } from '../schemas/rows.ts';
import type { RouteServices } from '../services.ts';
import { uploadRoutes } from './uploads.ts';

const tags = ['datasets'];
const dataset = refTo(datasetSchema, 'The dataset');

/** Tables in, and back out. */
export const datasetRoutes: FastifyPluginAsyncTypebox<RouteServices> = async (app, services) => {
  await app.register(uploadRoutes, services);

  app.get(
    '/datasets',
    {
      schema: {
        operationId: 'listDatasets',
        summary: 'The datasets, newest first',
        tags,
        querystring: pageQuery,
        headers: conditionalHeaders,
        response: { 200: pageOf(dataset, 'A page of datasets'), ...notModified, ...problems(400) },
      },
    },
    async ({ query, own }) => {
      const { items, nextCursor } = await own.datasets.list(query);
      return { items: items.map(({ correlations: _, ...listed }) => toListedDataset(listed)), nextCursor };
    },
  );

  app.get(
    '/datasets/:id',
    {
      schema: {
        operationId: 'getDataset',
        summary: 'One dataset',
        tags,
        params: idParams,
        headers: conditionalHeaders,
        response: { 200: dataset, ...notModified, ...problems(400, 404) },
      },
    },
    async ({ params, own }) => toDatasetBody(await own.datasets.get(params.id)),
  );

  app.delete(
    '/datasets/:id',
    {
      schema: {
        operationId: 'deleteDataset',
        summary: 'Remove a dataset that no model is queued or training on, and no job reads',
        tags,
        params: idParams,
        response: { 204: Type.Null({ description: 'It is gone' }), ...problems(400, 404, 409) },
      },
    },
    async ({ params, own }, reply) => {
      await own.datasets.delete(params.id);
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/datasets/:id/rows',
    {
      schema: {
        operationId: 'getDatasetRows',
        summary: 'The rows of a dataset',
        tags,
        params: idParams,
        querystring: Type.Object(
          {
            offset: Type.Integer({ minimum: 0, default: 0, description: 'How many rows to pass over' }),
            limit: Type.Optional(
              Type.Integer({ minimum: 1, description: 'The most rows to return; else all', examples: [10] }),
            ),
            columns: Type.Optional(
              Type.Union([Type.String(), Type.Array(Type.String())], {
                description: 'A column to return, in this order where it is named several times; else all',
              }),
            ),
            ...formatQuery,
          },
          strict,
        ),
        response: { 200: rowsResponse, ...problems(400, 404, 422) },
      },
    },
    async ({ params: { id }, query: { offset, limit, columns: asked, format }, own: { datasets } }, reply) => {
      const { columns: all, rowCount } = await datasets.get(id);
      const columns = asked === undefined ? all : columnsNamed([asked].flat(), all);
      const names = columns.map(({ name }) => name);
      const range = { offset, limit: limit ?? rowCount };
      return sendRows(reply, format, columns.map(storedColumn), readRows(datasets.parts(id, range), names, range));
    },
  );
};

/** Throws RequestError where there is no column of a name. */
function columnsNamed(names: readonly string[], columns: Dataset['columns']): Dataset['columns'] {
  return names.map((name) => {
    const column = columns.find((candidate) => candidate.name === name);
    if (column) return column;
    throw new RequestError(422, 'unknown-column', `The dataset has no column ${shown(name)}.`, {
      faults: [{ path: '/columns', message: `Unknown column ${shown(name)}.` }],
    });
  });
}
