import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Registry } from 'prom-client';
import { Type } from 'typebox';
import { probe } from '../observation/probe.ts';
import { serviceMetrics } from '../observation/service-metrics.ts';
import { problems } from '../schemas/common.ts';
import type { Services } from '../services.ts';

const example = `# HELP pushforward_models Models that have not ended
# TYPE pushforward_models gauge
pushforward_models{status="queued"} 2
pushforward_models{status="training"} 1
`;

/** How the service fares, in Prometheus' text format; `registry` has what was counted so far. */
export const metricsRoutes: FastifyPluginAsyncTypebox<Services & { registry: Registry }> = async (
  app,
  { registry, ...services },
) => {
  const now = serviceMetrics(services);
  app.get(
    '/metrics',
    {
      // They tell of all owners.
      config: { ...probe, scope: 'metrics' },
      schema: {
        operationId: 'getMetrics',
        summary: 'How the service fares, for Prometheus: requests, queue, training, serving, database, process',
        tags: ['operation'],
        response: {
          200: {
            description: 'The text format, version 0.0.4',
            content: { [Registry.PROMETHEUS_CONTENT_TYPE]: { schema: Type.String({ examples: [example] }) } },
          },
          ...problems(),
        },
      },
    },
    async (request, reply) => {
      const all = Registry.merge([registry, await now(request.log)]);
      return reply.type(Registry.PROMETHEUS_CONTENT_TYPE).send(await all.metrics());
    },
  );
};
