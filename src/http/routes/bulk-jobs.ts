import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { BulkJob } from '../../store/bulk-job.ts';
import type { Keep } from '../../store/idempotency.ts';
import { planBulkJob } from '../bodies/new-bulk-job.ts';
import { digestJson, jsonDigest } from '../bodies/request-digest.ts';
import { createOnce, idempotencyHeaders } from '../idempotency.ts';
import { modelParams } from '../schemas/alias.ts';
import { bulkJobSchema, newBulkJobSchema, toBulkJobBody } from '../schemas/bulk-job.ts';
import { conditionalHeaders, idParams, notModified, pageOf, pageQuery, problems, refTo } from '../schemas/common.ts';
import type { RouteServices } from '../services.ts';

const tags = ['jobs'];
const job = refTo(bulkJobSchema, 'The job');

/** Work on more rows than one request can wait for. */
export const bulkJobRoutes: FastifyPluginAsyncTypebox<RouteServices> = async (
  app,
  { config, queue, store, tracing },
) => {
  const most = config.limits.maxJobs;
  digestJson(app);
  app.post(
    '/models/:id/jobs',
    {
      schema: {
        operationId: 'createJob',
        summary: 'Score a dataset, or draw many rows, in the background',
        description:
          'The rows are done in parts, by all workers. What comes of them is a dataset with as many rows in the same order, which is there when the job is ready: `outputDatasetId`. `log-prob` has the column `logProb`, `anomalies` also `pValue` and `anomaly`, `sample` the columns of the model; what cannot be said of a row is missing.',
        tags,
        params: modelParams,
        headers: idempotencyHeaders,
        body: newBulkJobSchema,
        response: { 202: job, ...problems(400, 404, 409, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body, own, params } = request;
      const read = async () => ({
        digest: async () => jsonDigest(request),
        create: async (keep?: Keep<BulkJob>) => {
          const plan = await planBulkJob(own, params.id, body, config.limits);
          const origin = { reqId: request.id, traceparent: tracing?.traceparent() };
          const created = await own.bulkJobs.create(plan, {
            enqueue: (client, parts) => queue.bulk.enqueue(client, parts, origin),
            keep,
            most,
          });
          const { id: jobId, modelId, rowCount: rows, partCount: parts } = created;
          request.log.info({ jobId, modelId, kind: created.kind, rows, parts }, 'job queued');
          return created;
        },
        answer: (created: BulkJob) => ({ location: `/v1/jobs/${created.id}`, body: toBulkJobBody(created) }),
      });
      return createOnce(request, reply.code(202), { store, read });
    },
  );

  app.get(
    '/jobs',
    {
      schema: {
        operationId: 'listJobs',
        summary: 'The jobs, newest first',
        tags,
        querystring: pageQuery,
        headers: conditionalHeaders,
        response: { 200: pageOf(job, 'A page of jobs'), ...notModified, ...problems(400) },
      },
    },
    async ({ query, own }) => {
      const { items, nextCursor } = await own.bulkJobs.list(query);
      return { items: items.map(toBulkJobBody), nextCursor };
    },
  );

  app.get(
    '/jobs/:id',
    {
      schema: {
        operationId: 'getJob',
        summary: 'One job, and how far it is',
        tags,
        params: idParams,
        headers: conditionalHeaders,
        response: { 200: job, ...notModified, ...problems(400, 404) },
      },
    },
    async ({ params, own }) => toBulkJobBody(await own.bulkJobs.get(params.id)),
  );

  app.post(
    '/jobs/:id/cancel',
    {
      schema: {
        operationId: 'cancelJob',
        summary: 'Stop a job',
        description: 'It is cancelled at once; parts that are being done come to their end, and are thrown away.',
        tags,
        params: idParams,
        response: { 202: job, ...problems(400, 404, 409) },
      },
    },
    async ({ params, own }, reply) =>
      reply.code(202).send(toBulkJobBody(await own.bulkJobs.cancel(params.id, queue.bulk.dequeue))),
  );

  app.delete(
    '/jobs/:id',
    {
      schema: {
        operationId: 'deleteJob',
        summary: 'Remove a job that has ended; its dataset stays',
        tags,
        params: idParams,
        response: { 204: Type.Null({ description: 'It is gone' }), ...problems(400, 404, 409) },
      },
    },
    async ({ params, own }, reply) => {
      await own.bulkJobs.delete(params.id);
      return reply.code(204).send(null);
    },
  );
};
