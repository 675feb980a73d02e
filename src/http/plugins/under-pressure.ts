import underPressure from '@fastify/under-pressure';
import fp from 'fastify-plugin';
import type { Limits } from '../../config.ts';

/** Answers 503 while the event loop is so far behind that taking more on would make it worse. */
export const underPressurePlugin = fp(
  async (app, { maxEventLoopDelay }: Pick<Limits, 'maxEventLoopDelay'>) => {
    await app.register(underPressure, { maxEventLoopDelay, retryAfter: 5 });
  },
  { name: 'under-pressure' },
);

/** The configuration of routes that tell how the service fares, which has to be known above all when it fares ill. */
export const exemptFromPressure = { pressureHandler: () => {} };
