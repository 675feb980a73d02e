import underPressure from '@fastify/under-pressure';
import fp from 'fastify-plugin';

/** Answers 503 while the event loop is so far behind that taking more on would make it worse. */
export const underPressurePlugin = fp(
  async (app) => {
    await app.register(underPressure, { maxEventLoopDelay: 1_000, retryAfter: 5 });
  },
  { name: 'under-pressure' },
);
