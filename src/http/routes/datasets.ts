import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Dataset } from '../../store/datasets.ts';
import type { Keep } from '../../store/idempotency.ts';
import type { CsvOptions } from '../../table/csv-layout.ts';
import { openTable } from '../../table/ingest.ts';
import type { ColumnOptions } from '../../table/kinds.ts';
import { readRows } from '../../table/matrix.ts';
import type { TableFormat } from '../../table/spool.ts';
import { storedColumn } from '../../table/write-parquet.ts';
import { sendRows } from '../answers/row-formats.ts';
import { parseColumns } from '../bodies/columns-text.ts';
import { acceptForms, formBody } from '../bodies/form-body.ts';
import { digestedTable } from '../bodies/request-digest.ts';
import { acceptTables, clientGone, type TableBody, tableBody } from '../bodies/table-body.ts';
import { spoolDirectory } from '../connections/spool-directory.ts';
import { RequestError } from '../errors.ts';
import { createOnce, idempotencyHeaders } from '../idempotency.ts';
import { admit } from '../plugins/admission.ts';
import {
  checkName,
  conditionalHeaders,
  idParams,
  nameSchema,
  notModified,
  pageOf,
  pageQuery,
  problems,
  refTo,
  strict,
} from '../schemas/common.ts';
import {
  columnsQuery,
  csvQuery,
  datasetFormSchema,
  datasetSchema,
  datasetUploadSchema,
  toDatasetBody,
  toListedDataset,
} from '../schemas/dataset.ts';
import { formatQuery, rowsResponse, tableContent } from '../schemas/rows.ts';
import type { Own, RouteServices } from '../services.ts';
import { streamingValidatorCompiler } from '../validation.ts';

const tags = ['datasets'];
const dataset = refTo(datasetSchema, 'The dataset');

/** Tables in, and back out. */
export const datasetRoutes: FastifyPluginAsyncTypebox<RouteServices> = async (app, services) => {
  await app.register(uploadRoute, services);

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
            ...formatQuery,
          },
          strict,
        ),
        response: { 200: rowsResponse, ...problems(400, 404) },
      },
    },
    async ({ params: { id }, query: { offset, limit, format }, own: { datasets } }, reply) => {
      const { columns, rowCount } = await datasets.get(id);
      const names = columns.map(({ name }) => name);
      const range = { offset, limit: limit ?? rowCount };
      return sendRows(reply, format, columns.map(storedColumn), readRows(datasets.parts(id, range), names, range));
    },
  );
};

const uploadRoute: FastifyPluginAsyncTypebox<RouteServices> = async (app, { admissions, config, store }) => {
  admit(app, admissions.uploads);
  acceptTables(app);
  await acceptForms(app);
  app.post(
    '/datasets',
    {
      validatorCompiler: streamingValidatorCompiler,
      schema: {
        operationId: 'createDataset',
        summary: 'Store a table',
        description:
          'What each column is, numbers, true and false, or categories, is found out, unless `columns` says it. Empty cells, nulls and texts such as NA are missing values. A body may be compressed: `Content-Encoding: gzip`. The parameters `delimiter`, `header` and `encoding` are for CSV.',
        tags,
        headers: idempotencyHeaders,
        querystring: Type.Object(
          { name: Type.Optional(nameSchema('What to call the dataset')), ...columnsQuery, ...csvQuery },
          strict,
        ),
        body: {
          content: {
            'application/json': { schema: datasetUploadSchema },
            ...tableContent,
            'multipart/form-data': { schema: datasetFormSchema },
          },
        },
        response: { 201: dataset, ...problems(400, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { name, columns, ...csv } = request.query;
      const options = columns === undefined ? undefined : parseColumns(columns, 'querystring');
      const signal = clientGone(reply);
      const read = async () => {
        const given = request.isMultipart() ? await formBody(request) : tableBody(request);
        checkCsvOptions(given.format, csv);
        const { body, digest } = digestedTable(request, given);
        return {
          digest,
          create: async (keep?: Keep<Dataset>) => {
            const created = await storeTable({ config, ...request.own }, { ...body, name, options, csv, signal }, keep);
            const { id: datasetId, rowCount: rows, byteCount: bytes } = created;
            request.log.info({ datasetId, rows, bytes, seconds: reply.elapsedTime / 1000 }, 'table stored');
            return created;
          },
          answer: (created: Dataset) => ({ location: `/v1/datasets/${created.id}`, body: toDatasetBody(created) }),
        };
      };
      return createOnce(request, reply.code(201), { store, read });
    },
  );
};

/** Throws RequestError where options for CSV come with a table of another format. */
function checkCsvOptions(format: TableFormat, options: CsvOptions): void {
  const [option] = Object.keys(options);
  if (format === 'csv' || option === undefined) return;
  const message = `Expected a CSV with this parameter, got ${format}.`;
  throw new RequestError(422, 'not-csv', `querystring/${option}: ${message}`, {
    faults: [{ path: `/${option}`, message }],
  });
}

interface NewTable extends TableBody {
  /** What the query calls it. */
  readonly name: string | undefined;
  /** What the form calls it, once it is read. */
  readonly formName?: () => string | undefined;
  /** What the query, and the form once it is read, say of its columns. */
  readonly options: readonly ColumnOptions[] | undefined;
  readonly formColumns?: () => readonly ColumnOptions[] | undefined;
  readonly csv: CsvOptions;
  readonly signal: AbortSignal;
}

/** Stores an uploaded table; what it took on disk is gone when this returns. */
async function storeTable(
  { config, datasets }: Pick<RouteServices, 'config'> & Pick<Own, 'datasets'>,
  { name, formName, options, formColumns, ...body }: NewTable,
  keep?: Keep<Dataset>,
): Promise<Dataset> {
  await using table = await openTable({
    ...body,
    columnOptions: () => options ?? formColumns?.(),
    spoolDirectory: spoolDirectory(config.dataDirectory),
    limits: config.limits,
  });
  const described = table.description.then(({ name: bodyName, ...about }) => ({
    ...about,
    name: name ?? formName?.() ?? checkName(bodyName ?? 'untitled'),
  }));
  // Awaited here: the table is gone when this function is left.
  return await datasets.create(described, table.parts(), keep);
}
