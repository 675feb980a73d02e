import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Keep } from '../../store/idempotency.ts';
import type { EnqueueTraining } from '../../store/queued-model.ts';
import type { Sweep } from '../../store/sweep.ts';
import { warnOfMemory } from '../answers/memory-warnings.ts';
import { planSweep } from '../bodies/new-sweep.ts';
import { digestJson, jsonDigest } from '../bodies/request-digest.ts';
import { createOnce, idempotencyHeaders } from '../idempotency.ts';
import { conditionalHeaders, idParams, notModified, pageOf, pageQuery, problems, refTo } from '../schemas/common.ts';
import {
  deleteSweepQuery,
  newSweepSchema,
  sweepDeletionSchema,
  sweepSchema,
  toDeletionBody,
  toSweepBody,
} from '../schemas/sweep.ts';
import type { RouteServices } from '../services.ts';

const tags = ['sweeps'];
const sweep = refTo(sweepSchema, 'The sweep');

/** Several flows and seeds over one dataset, and how they compare. */
export const sweepRoutes: FastifyPluginAsyncTypebox<RouteServices> = async (app, { config, queue, store, tracing }) => {
  const mostQueued = config.limits.maxQueuedModels;
  digestJson(app);
  app.post(
    '/sweeps',
    {
      schema: {
        operationId: 'createSweep',
        summary: 'Train several flows with several seeds on a dataset, and compare them',
        description:
          'Each flow with each seed is a trial: a model as `POST /v1/models` makes it, trained by whichever worker is free. The leaderboard ranks the flows while they train.',
        tags,
        headers: idempotencyHeaders,
        body: newSweepSchema,
        response: { 202: sweep, ...problems(400, 404, 409, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body, own } = request;
      const read = async () => ({
        digest: async () => jsonDigest(request),
        create: async (keep?: Keep<Sweep>) => {
          const { trials, ...plan } = await planSweep(body, await own.datasets.get(body.datasetId), config.limits);
          const models = await warnOfMemory(
            store,
            trials.map(({ model }) => model),
          );
          const warned = trials.map(({ flow }, place) => ({ flow, model: models[place].plan }));
          const origin = { reqId: request.id, traceparent: tracing?.traceparent() };
          const enqueue: EnqueueTraining = (tx, id) => queue.enqueueTraining(tx, id, origin);
          const created = await own.sweeps.create({ ...plan, trials: warned }, { enqueue, keep, mostQueued });
          request.log.info({ sweepId: created.id, trials: created.trials.length }, 'sweep queued');
          return created;
        },
        answer: (created: Sweep) => ({ location: `/v1/sweeps/${created.id}`, body: toSweepBody(created) }),
      });
      return createOnce(request, reply.code(202), { store, read });
    },
  );

  app.get(
    '/sweeps',
    {
      schema: {
        operationId: 'listSweeps',
        summary: 'The sweeps, newest first',
        tags,
        querystring: pageQuery,
        headers: conditionalHeaders,
        response: { 200: pageOf(sweep, 'A page of sweeps'), ...notModified, ...problems(400) },
      },
    },
    async ({ query, own }) => {
      const { items, nextCursor } = await own.sweeps.list(query);
      return { items: items.map(toSweepBody), nextCursor };
    },
  );

  app.get(
    '/sweeps/:id',
    {
      schema: {
        operationId: 'getSweep',
        summary: 'One sweep: how far it is, and its leaderboard',
        tags,
        params: idParams,
        headers: conditionalHeaders,
        response: { 200: sweep, ...notModified, ...problems(400, 404) },
      },
    },
    async ({ params, own }) => toSweepBody(await own.sweeps.get(params.id)),
  );

  app.post(
    '/sweeps/:id/cancel',
    {
      schema: {
        operationId: 'cancelSweep',
        summary: 'Stop the trials of a sweep that have not ended',
        description: 'Those that are queued are cancelled at once, those in training within a second.',
        tags,
        params: idParams,
        response: { 202: sweep, ...problems(400, 404, 409) },
      },
    },
    async ({ params, own }, reply) =>
      reply.code(202).send(toSweepBody(await own.sweeps.cancel(params.id, queue.dequeueTraining))),
  );

  app.delete(
    '/sweeps/:id',
    {
      schema: {
        operationId: 'deleteSweep',
        summary: 'Remove a sweep that has ended; its models stay, unless they are to be deleted, too',
        tags,
        params: idParams,
        querystring: deleteSweepQuery,
        response: {
          200: sweepDeletionSchema,
          204: Type.Null({ description: 'It is gone, and its models have stayed' }),
          ...problems(400, 404, 409),
        },
      },
    },
    async ({ params, query, own }, reply) => {
      const deletion = await own.sweeps.delete(params.id, query);
      if (!query.models) return reply.code(204).send(null);
      for (const id of deletion.deleted) own.serving.forget(id);
      return reply.code(200).send(toDeletionBody(deletion));
    },
  );
};
