import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import packageJson from '../../../package.json' with { type: 'json' };
import { exemptFromRateLimit } from '../access/rate-limit.ts';
import { readiness } from '../observation/readiness.ts';
import { errorSchema, liveSchema, readySchema, serverMetadataSchema } from '../schemas/open-inference.ts';
import type { Services } from '../services.ts';

const tags = ['open inference'];

/** What the Open Inference Protocol says of the server. */
export const openInferenceRoutes: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const unready = readiness(services);
  app.get(
    '/',
    {
      schema: {
        operationId: 'getServerMetadata',
        summary: 'What the server is called, and which extensions it has',
        tags,
        security: [],
        response: { 200: serverMetadataSchema, 429: errorSchema },
      },
    },
    async () => ({ name: 'pushforward', version: packageJson.version, extensions: ['binary_tensor_data'] }),
  );

  app.get(
    '/health/live',
    {
      config: exemptFromRateLimit,
      schema: {
        operationId: 'isServerLive',
        summary: 'Whether the server is alive',
        tags,
        security: [],
        response: { 200: liveSchema },
      },
    },
    async () => ({ live: true }),
  );

  app.get(
    '/health/ready',
    {
      config: exemptFromRateLimit,
      schema: {
        operationId: 'isServerReady',
        summary: 'Whether the server can do its work',
        tags,
        security: [],
        response: { 200: readySchema, 400: readySchema },
      },
    },
    async (request, reply) => {
      const ready = (await unready(request.log)).length === 0;
      return reply.code(ready ? 200 : 400).send({ ready });
    },
  );
};
