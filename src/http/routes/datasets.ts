import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { CsvOptions } from '../../table/csv-layout.ts';
import { readTable, removeStaleUploads, type TableFormat } from '../../table/ingest.ts';
import { readRows } from '../../table/matrix.ts';
import { RequestError } from '../errors.ts';
import { acceptForms, formBody } from '../form-body.ts';
import { sendRows } from '../row-formats.ts';
import { checkName, idParams, nameSchema, pageOf, pageQuery, problems, refTo, strict } from '../schemas/common.ts';
import { csvQuery, datasetFormSchema, datasetSchema, datasetUploadSchema, toDatasetBody } from '../schemas/dataset.ts';
import { formatQuery, rowsResponse, tableContent } from '../schemas/rows.ts';
import type { Services } from '../services.ts';
import { acceptTables, clientGone, spoolDirectory, type TableBody, tableBody } from '../table-body.ts';
import { streamingValidatorCompiler } from '../validation.ts';

const tags = ['datasets'];
const dataset = refTo(datasetSchema, 'The dataset');

/** Tables in, and back out. */
export const datasetRoutes: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const { store } = services;
  await app.register(uploadRoute, services);

  app.get(
    '/datasets',
    {
      schema: {
        operationId: 'listDatasets',
        summary: 'The datasets, newest first',
        tags,
        querystring: pageQuery,
        response: { 200: pageOf(dataset, 'A page of datasets'), ...problems(400) },
      },
    },
    async ({ query }) => {
      const { items, nextCursor } = await store.datasets.list(query);
      return { items: items.map(toDatasetBody), nextCursor };
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
        response: { 200: dataset, ...problems(400, 404) },
      },
    },
    async ({ params }) => toDatasetBody(await store.datasets.get(params.id)),
  );

  app.delete(
    '/datasets/:id',
    {
      schema: {
        operationId: 'deleteDataset',
        summary: 'Remove a dataset that no model is queued or training on',
        tags,
        params: idParams,
        response: { 204: Type.Null({ description: 'It is gone' }), ...problems(400, 404, 409) },
      },
    },
    async ({ params }, reply) => {
      await store.datasets.delete(params.id);
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
            ...formatQuery,
          },
          strict,
        ),
        response: { 200: rowsResponse, ...problems(400, 404) },
      },
    },
    async ({ params: { id }, query: { offset, limit, format } }, reply) => {
      const { columns, rowCount } = await store.datasets.get(id);
      const names = columns.map(({ name }) => name);
      const range = { offset, limit: limit ?? rowCount };
      return sendRows(reply, format, names, readRows(store.datasets.parts(id, range), names, range));
    },
  );
};

const uploadRoute: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  acceptTables(app);
  await acceptForms(app);
  app.addHook('onListen', () => removeStaleUploads(spoolDirectory(services.config.dataDirectory)));
  app.post(
    '/datasets',
    {
      validatorCompiler: streamingValidatorCompiler,
      schema: {
        operationId: 'createDataset',
        summary: 'Store a table of numbers',
        description:
          'Empty cells and nulls are missing values. A body may be compressed: `Content-Encoding: gzip`. The parameters `delimiter`, `header` and `encoding` are for CSV.',
        tags,
        querystring: Type.Object({ name: Type.Optional(nameSchema('What to call the dataset')), ...csvQuery }, strict),
        body: {
          content: {
            'application/json': { schema: datasetUploadSchema },
            ...tableContent,
            'multipart/form-data': { schema: datasetFormSchema },
          },
        },
        response: { 201: dataset, ...problems(400, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { name, ...csv } = request.query;
      const body = request.isMultipart() ? await formBody(request) : tableBody(request);
      checkCsvOptions(body.format, csv);
      const created = await storeTable(services, { ...body, name, csv, signal: clientGone(reply) });
      return reply.code(201).header('location', `/v1/datasets/${created.id}`).send(toDatasetBody(created));
    },
  );
};

/** Throws RequestError where options for CSV come with a table of another format. */
function checkCsvOptions(format: TableFormat, options: CsvOptions): void {
  const [option] = Object.keys(options);
  if (format === 'csv' || option === undefined) return;
  const message = `Expected a CSV with this parameter, got ${format}.`;
  throw new RequestError(400, 'not-csv', `querystring/${option}: ${message}`, {
    faults: [{ path: `/${option}`, message }],
  });
}

interface NewTable extends TableBody {
  /** What the query calls it. */
  readonly name: string | undefined;
  /** What the form calls it, once it is read. */
  readonly formName?: () => string | undefined;
  readonly csv: CsvOptions;
  readonly signal: AbortSignal;
}

/** Stores an uploaded table; what it took on disk is gone when this returns. */
async function storeTable({ config, store }: Services, { name, formName, ...body }: NewTable) {
  await using table = await readTable({
    ...body,
    spoolDirectory: spoolDirectory(config.dataDirectory),
    limits: config.limits,
  });
  const { rowCount, byteCount, columns, warnings } = table;
  const stored = {
    name: name ?? formName?.() ?? checkName(table.name ?? 'untitled'),
    rowCount,
    byteCount,
    columns,
    warnings,
  };
  // Awaited here: the table is gone when this function is left.
  return await store.datasets.create(stored, table.parts());
}
