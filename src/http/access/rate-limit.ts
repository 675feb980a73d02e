import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Store } from '../../store/store.ts';
import { RequestError } from '../errors.ts';
import { SharedCounts } from './shared-counts.ts';

const minute = 60_000;

/** Wrong or missing keys of one address, a minute. */
const mostFailures = 100;

/** Turns away requests beyond `most` a minute, at all processes together, of one API key, or of one address where there is none; 0: none. */
export const rateLimitPlugin = fp(
  async (app, { most, store }: { most: number; store: Pick<Store, 'rateCounts'> }) => {
    await app.register(rateLimit, {
      global: most > 0,
      max: most,
      timeWindow: minute,
      store: class extends SharedCounts {
        constructor() {
          super(store, app.log);
        }
      },
      keyGenerator: ({ keyId, ip }: FastifyRequest) => keyId ?? normalizeIP(ip),
      errorResponseBuilder: () =>
        new RequestError(
          429,
          'rate-limited',
          `More requests in a minute than RATE_LIMIT=${most} allows: try again after the time in Retry-After.`,
        ),
    });
  },
  { name: 'rate-limit' },
);

/** For routes that tell whether the service is well. */
export const exemptFromRateLimit = { rateLimit: false } as const;

/** Counts the requests of each address whose key was wrong or missing. */
export function failureLimit(app: FastifyInstance) {
  const limit = app.createRateLimit({
    max: mostFailures,
    timeWindow: minute,
    keyGenerator: ({ ip }: FastifyRequest) => `failures of ${normalizeIP(ip)}`,
  });
  return {
    /** Throws RequestError where there were too many: even a good key that is not known yet is not looked at. */
    async check(request: FastifyRequest): Promise<void> {
      const found = await limit(request, { increment: false });
      if (found.isAllowed || found.remaining > 0) return;
      throw new RequestError(
        429,
        'too-many-failures',
        `More than ${mostFailures} requests in a minute from this address had no good key: try again after the time in Retry-After.`,
        { headers: { 'retry-after': String(found.ttlInSeconds) } },
      );
    },
    async count(request: FastifyRequest): Promise<void> {
      await limit(request);
    },
  };
}
