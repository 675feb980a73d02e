import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Keep } from '../../store/idempotency.ts';
import type { Model } from '../../store/model.ts';
import { warnOfMemory } from '../answers/memory-warnings.ts';
import { describeModel } from '../answers/resolved-model.ts';
import { planModel } from '../bodies/new-model.ts';
import { digestJson, jsonDigest } from '../bodies/request-digest.ts';
import { createOnce, idempotencyHeaders } from '../idempotency.ts';
import { modelParams } from '../schemas/alias.ts';
import { conditionalHeaders, notModified, pageOf, problems, refTo } from '../schemas/common.ts';
import { modelSchema, modelsQuery, newModelSchema, resolvedModelSchema, toModelBody } from '../schemas/model.ts';
import type { RouteServices } from '../services.ts';

const tags = ['models'];
const model = refTo(modelSchema, 'The model');

/** Models: asked for, looked at, cancelled and removed. */
export const modelRoutes: FastifyPluginAsyncTypebox<RouteServices> = async (app, { config, queue, store, tracing }) => {
  const mostQueued = config.limits.maxQueuedModels;
  digestJson(app);
  app.post(
    '/models',
    {
      schema: {
        operationId: 'createModel',
        summary: 'Train a flow on a dataset',
        tags,
        headers: idempotencyHeaders,
        body: newModelSchema,
        response: { 202: model, ...problems(400, 404, 409, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body, own } = request;
      const read = async () => ({
        digest: async () => jsonDigest(request),
        create: async (keep?: Keep<Model>) => {
          const { plan } = planModel(body, await own.datasets.get(body.datasetId), config.limits);
          const [warned] = await warnOfMemory(store, [plan]);
          const origin = { reqId: request.id, traceparent: tracing?.traceparent() };
          const enqueue: Parameters<typeof own.models.create>[1] = (tx, id) => queue.enqueueTraining(tx, id, origin);
          const created = await own.models.create(warned.plan, enqueue, { keep, mostQueued });
          const { id: modelId, memoryBytes } = created;
          request.log.info({ modelId, memoryBytes }, 'model queued');
          for (const warning of warned.added) request.log.warn({ modelId, memoryBytes }, warning);
          return created;
        },
        answer: (created: Model) => ({ location: `/v1/models/${created.id}`, body: toModelBody(created) }),
      });
      return createOnce(request, reply.code(202), { store, read });
    },
  );

  app.post(
    '/models/resolve',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'resolveModel',
        summary: 'What a model that is asked for would be, without training it',
        description:
          'Takes what POST /v1/models takes. A request that is understood but impossible is answered too: `problems` name what is wrong with it by its JSON pointer.',
        tags,
        body: newModelSchema,
        response: { 200: resolvedModelSchema, ...problems(400, 404, 415) },
      },
    },
    async ({ body, own }) => describeModel(body, await own.datasets.get(body.datasetId), config.limits),
  );

  app.get(
    '/models',
    {
      schema: {
        operationId: 'listModels',
        summary: 'The models, newest first',
        tags,
        querystring: modelsQuery,
        headers: conditionalHeaders,
        response: { 200: pageOf(model, 'A page of models'), ...notModified, ...problems(400) },
      },
    },
    async ({ query, own }) => {
      const { items, nextCursor } = await own.models.list(query);
      return { items: items.map(toModelBody), nextCursor };
    },
  );

  app.get(
    '/models/:id',
    {
      schema: {
        operationId: 'getModel',
        summary: 'One model',
        tags,
        params: modelParams,
        headers: conditionalHeaders,
        response: { 200: model, ...notModified, ...problems(400, 404) },
      },
    },
    async ({ params, own }) => toModelBody(await own.models.get(params.id)),
  );

  app.delete(
    '/models/:id',
    {
      schema: {
        operationId: 'deleteModel',
        summary: 'Remove a model that is not training, with which no job works, and for which no alias stands',
        tags,
        params: modelParams,
        response: { 204: Type.Null({ description: 'It is gone' }), ...problems(400, 404, 409) },
      },
    },
    async ({ params: { id }, own }, reply) => {
      await own.models.delete(id, queue.dequeueTraining);
      own.serving.forget(id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/models/:id/cancel',
    {
      schema: {
        operationId: 'cancelModel',
        summary: 'Stop a model’s training',
        description: 'A queued model is cancelled at once, one that is training within a second.',
        tags,
        params: modelParams,
        response: { 202: model, ...problems(400, 404, 409) },
      },
    },
    async ({ params: { id }, own }, reply) =>
      reply.code(202).send(toModelBody(await own.models.requestCancel(id, queue.dequeueTraining))),
  );
};
