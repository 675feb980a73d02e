import underPressure from '@fastify/under-pressure';
import fp from 'fastify-plugin';
import type { Limits } from '../../config.ts';
import { RequestError } from '../errors.ts';

/** Setting up takes the event loop for itself: what is measured of it says nothing of what comes after. */
const startMilliseconds = 3_000;

/** How often it is looked how far the event loop is behind. */
const sampleMilliseconds = 1_000;

/** Answers 503 while the event loop is so far behind that taking more on would make it worse. */
export const underPressurePlugin = fp(
  async (app, { maxEventLoopDelay }: Pick<Limits, 'maxEventLoopDelay'>) => {
    let readyAt = Number.POSITIVE_INFINITY;
    app.addHook('onReady', async () => {
      readyAt = performance.now();
    });
    await app.register(underPressure, {
      maxEventLoopDelay,
      sampleInterval: sampleMilliseconds,
      pressureHandler: (_request, _reply, _type, delay) => {
        // Nothing was measured: the loop did not turn between two looks. That says that it was behind for so long, and no more.
        if (delay === Number.POSITIVE_INFINITY && maxEventLoopDelay > sampleMilliseconds) return;
        if (performance.now() - readyAt < startMilliseconds) return;
        throw new RequestError(
          503,
          'overloaded',
          'The service is further behind than MAX_EVENT_LOOP_DELAY allows: try again after the time in Retry-After.',
          { headers: { 'retry-after': '5' } },
        );
      },
    });
  },
  { name: 'under-pressure' },
);

/** The configuration of routes that tell how the service fares, which has to be known above all when it fares ill. */
export const exemptFromPressure = { pressureHandler: () => {} };
