import type { FastifyInstance } from 'fastify';
import type { Limits } from '../../config.ts';
import { RequestError } from '../errors.ts';

/** Turns away requests to `app`'s routes while as many as the limit allows are being answered. */
export function admitInferences(app: FastifyInstance, { maxInferenceRequests: most }: Limits): void {
  let admitted = 0;
  app.addHook('onRequest', (_request, reply, done) => {
    if (admitted >= most) {
      const detail = `As many requests are being scored or sampled as MAX_INFERENCE_REQUESTS=${most} allows: try again after the time in Retry-After.`;
      done(new RequestError(503, 'overloaded', detail, { headers: { 'retry-after': '1' } }));
      return;
    }
    admitted++;
    // It comes in any case, be the client gone or answered.
    reply.raw.once('close', () => admitted--);
    done();
  });
}
