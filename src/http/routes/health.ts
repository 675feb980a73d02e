import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RequestError } from '../errors.ts';
import { probe } from '../observation/probe.ts';
import { readiness } from '../observation/readiness.ts';
import { openProblems } from '../schemas/common.ts';
import type { Services } from '../services.ts';

const ok = Type.Literal('ok');
const readySchema = Type.Object(
  { status: Type.Literal('ready'), checks: Type.Object({ database: ok, queue: ok }) },
  { examples: [{ status: 'ready', checks: { database: 'ok', queue: 'ok' } }] },
);

/** Whether the process is alive, and whether it can do its work. */
export const healthRoutes: FastifyPluginAsyncTypebox<Services> = async (app, services) => {
  const unready = readiness(services);
  app.get(
    '/healthz',
    {
      config: probe,
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
      config: probe,
      schema: {
        operationId: 'isReady',
        summary: 'Whether the database can be reached and the queue is running; errors name the checks that fail',
        tags: ['operation'],
        security: [],
        response: { 200: readySchema, ...openProblems(503) },
      },
    },
    async (request) => {
      const faults = await unready(request.log);
      if (faults.length === 0)
        return { status: 'ready' as const, checks: { database: 'ok' as const, queue: 'ok' as const } };
      const detail = faults.map(({ message }) => message).join(' ');
      throw new RequestError(503, 'not-ready', detail, { faults, headers: { 'retry-after': '5' } });
    },
  );
};
