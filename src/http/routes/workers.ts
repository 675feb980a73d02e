import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../store/store.ts';
import { conditionalHeaders, notModified, problems } from '../schemas/common.ts';
import { toWorkerBody, workersSchema } from '../schemas/worker.ts';

/** Who works, for whoever runs the service. */
export const workerRoutes: FastifyPluginAsyncTypebox<{ store: Pick<Store, 'processes'> }> = async (app, { store }) => {
  app.get(
    '/workers',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listWorkers',
        summary: 'The processes of the service, and what they do',
        tags: ['operation'],
        headers: conditionalHeaders,
        response: { 200: workersSchema, ...notModified, ...problems(400) },
      },
    },
    async () => ({ items: (await store.processes.living()).map(toWorkerBody) }),
  );
};
