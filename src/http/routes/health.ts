import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RequestError, type RequestFault } from '../errors.ts';
import { problems } from '../schemas/common.ts';
import type { Services } from '../services.ts';

const exempt = { config: { pressureHandler: () => {} } };

/** Whether the process is alive, and whether it can do its work. */
export const healthRoutes: FastifyPluginAsyncTypebox<Services> = async (app, { store, queue }) => {
  app.get(
    '/healthz',
    {
      ...exempt,
      schema: {
        operationId: 'isAlive',
        summary: 'Whether the process is alive',
        tags: ['operation'],
        security: [],
        response: { 200: Type.Object({ status: Type.Literal('alive') }, { examples: [{ status: 'alive' }] }) },
      },
    },
    async () => ({ status: 'alive' as const }),
  );

  app.get(
    '/readyz',
    {
      ...exempt,
      schema: {
        operationId: 'isReady',
        summary: 'Whether the database can be reached and the queue is running',
        tags: ['operation'],
        security: [],
        response: {
          200: Type.Object({ status: Type.Literal('ready') }, { examples: [{ status: 'ready' }] }),
          ...problems(503),
        },
      },
    },
    async (request) => {
      const faults: RequestFault[] = [];
      await store.ping().catch((error) => {
        request.log.warn({ err: error }, 'the database cannot be reached');
        faults.push({ path: '/database', message: 'The database cannot be reached.' });
      });
      if (!queue.isRunning()) faults.push({ path: '/queue', message: 'The queue is not running.' });
      if (faults.length === 0) return { status: 'ready' as const };
      const detail = faults.map(({ message }) => message).join(' ');
      throw new RequestError(503, 'not-ready', detail, { faults, headers: { 'retry-after': '5' } });
    },
  );
};
