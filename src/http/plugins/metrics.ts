import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { toProblem } from '../problem.ts';

/** From scores of a row, which take a millisecond, to uploads and trainings that are followed. */
const bucketSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Requests to no route share one label: what clients make up must not become series. */
const unmatched = 'unmatched';

/** A registry of this app's own, with the figures of the process: processor, memory, event loop, garbage collection. */
export function processMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Counts and times the requests to `app`'s routes by the routes' patterns, never by paths. */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests that were answered, by method, route and status; 499 where the connection closed before the answer was whole',
    labelNames: ['method', 'route', 'status_code'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer',
    labelNames: ['method', 'route'],
    buckets: bucketSeconds,
    registers: [registry],
  });
  app.addHook('onRequest', (request, reply, done) => {
    const { method } = request;
    const route = request.is404 ? unmatched : (request.routeOptions.url ?? unmatched);
    const stop = duration.startTimer({ method, route });
    // It comes in any case, be the client gone or answered.
    reply.raw.once('close', () => {
      stop();
      const { writableFinished, statusCode } = reply.raw;
      requests.inc({ method, route, status_code: writableFinished ? statusCode : 499 });
    });
    done();
  });
}

/** Counts what is turned away so that the rest can be served, by why: too much at once, or a wait that was too long. */
export function countRefusals(app: FastifyInstance, registry: Registry): void {
  const refused = new Counter({
    name: 'pushforward_refused_requests_total',
    help: 'Requests that were turned away with status 429 or 503, by the code in the answer',
    labelNames: ['code'],
    registers: [registry],
  });
  app.addHook('onError', (request, _reply, error, done) => {
    const { status, code } = toProblem(error, request);
    if ((status === 429 || status === 503) && code !== 'not-ready') refused.inc({ code });
    done();
  });
}
