import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Config } from '../../config.ts';
import type { Dataset } from '../../store/datasets.ts';
import type { Keep } from '../../store/idempotency.ts';
import type { CsvOptions } from '../../table/csv-layout.ts';
import { openTable, type TableInput } from '../../table/ingest.ts';
import { inspectTable } from '../../table/inspect.ts';
import type { ColumnOptions } from '../../table/kinds.ts';
import type { TableFormat } from '../../table/spool.ts';
import { parseColumns } from '../bodies/columns-text.ts';
import { acceptForms, formBody } from '../bodies/form-body.ts';
import { digestedTable } from '../bodies/request-digest.ts';
import { acceptTables, clientGone, type TableBody, tableBody } from '../bodies/table-body.ts';
import { spoolDirectory } from '../connections/spool-directory.ts';
import { RequestError } from '../errors.ts';
import { createOnce, idempotencyHeaders } from '../idempotency.ts';
import { admit } from '../plugins/admission.ts';
import { checkName, nameSchema, problems, refTo, strict } from '../schemas/common.ts';
import {
  columnsQuery,
  csvQuery,
  datasetFormSchema,
  datasetSchema,
  datasetUploadSchema,
  toDatasetBody,
} from '../schemas/dataset.ts';
import { inspectionSchema, toInspectionBody } from '../schemas/inspection.ts';
import { tableContent } from '../schemas/rows.ts';
import type { Own, RouteServices } from '../services.ts';
import { streamingValidatorCompiler } from '../validation.ts';

const tags = ['datasets'];

const uploadQuery = Type.Object(
  { name: Type.Optional(nameSchema('What to call the dataset')), ...columnsQuery, ...csvQuery },
  strict,
);
const uploadBody = {
  content: {
    'application/json': { schema: datasetUploadSchema },
    ...tableContent,
    'multipart/form-data': { schema: datasetFormSchema },
  },
};

/** Tables in: to be stored, or to see first what would become of them. */
export const uploadRoutes: FastifyPluginAsyncTypebox<RouteServices> = async (app, { admissions, config, store }) => {
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
        querystring: uploadQuery,
        body: uploadBody,
        response: { 201: refTo(datasetSchema, 'The dataset'), ...problems(400, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const signal = clientGone(reply);
      const read = async () => {
        const given = await givenTable(request, request.query);
        const { body, digest } = digestedTable(request, given);
        return {
          digest,
          create: async (keep?: Keep<Dataset>) => {
            const created = await storeTable({ config, ...request.own }, { ...body, signal }, keep);
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

  app.post(
    '/datasets/inspect',
    {
      validatorCompiler: streamingValidatorCompiler,
      schema: {
        operationId: 'inspectDataset',
        summary: 'See what a table would become',
        description:
          'Takes what `POST /v1/datasets` takes and refuses what that refuses, but stores nothing: it answers what each column would be taken for, why, and what else it could be said to be. A column in which most cells are numbers and some are not is no error here: it has a `fault`, and is to be given a kind or to be ignored.',
        tags,
        querystring: uploadQuery,
        body: uploadBody,
        response: { 200: refTo(inspectionSchema, 'What it would become'), ...problems(400, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { name, formName, ...given } = await givenTable(request, request.query);
      const found = await inspectTable(toInput(config, { ...given, signal: clientGone(reply) }));
      const bodyName = found.name === undefined ? undefined : checkName(found.name);
      return toInspectionBody({ ...found, name: name ?? formName?.() ?? bodyName });
    },
  );
};

interface GivenTable extends TableBody {
  /** What the query calls it. */
  readonly name: string | undefined;
  /** What the form calls it, once it is read. */
  readonly formName?: () => string | undefined;
  /** What the query, and the form once it is read, say of its columns. */
  readonly options: readonly ColumnOptions[] | undefined;
  readonly formColumns?: () => readonly ColumnOptions[] | undefined;
  readonly csv: CsvOptions;
}

/** The table of a request, and what is said of it. Throws RequestError, and TableError where `columns` says what cannot be. */
async function givenTable(
  request: FastifyRequest,
  { name, columns, ...csv }: Static<typeof uploadQuery>,
): Promise<GivenTable> {
  const options = columns === undefined ? undefined : parseColumns(columns, 'querystring');
  const given = request.isMultipart() ? await formBody(request) : tableBody(request);
  checkCsvOptions(given.format, csv);
  return { ...given, name, options, csv };
}

/** Throws RequestError where options for CSV come with a table of another format. */
function checkCsvOptions(format: TableFormat, options: CsvOptions): void {
  const [option] = Object.keys(options);
  if (format === 'csv' || option === undefined) return;
  const message = `Expected a CSV with this parameter, got ${format}.`;
  throw new RequestError(422, 'not-csv', `querystring/${option}: ${message}`, {
    faults: [{ path: `/${option}`, message }],
  });
}

type Reading = Omit<GivenTable, 'name' | 'formName'> & { readonly signal: AbortSignal };

function toInput({ dataDirectory, limits }: Config, { options, formColumns, ...body }: Reading): TableInput {
  return {
    ...body,
    columnOptions: () => options ?? formColumns?.(),
    spoolDirectory: spoolDirectory(dataDirectory),
    limits,
  };
}

/** Stores an uploaded table; what it took on disk is gone when this returns. */
async function storeTable(
  { config, datasets }: Pick<RouteServices, 'config'> & Pick<Own, 'datasets'>,
  { name, formName, ...given }: GivenTable & Reading,
  keep?: Keep<Dataset>,
): Promise<Dataset> {
  await using table = await openTable(toInput(config, given));
  const described = table.description.then(({ name: bodyName, ...about }) => ({
    ...about,
    name: name ?? formName?.() ?? checkName(bodyName ?? 'untitled'),
  }));
  // Awaited here: the table is gone when this function is left.
  return await datasets.create(described, table.parts(), keep);
}
