import { FastifyOtelInstrumentation } from '@fastify/otel';
import { context, type Span, SpanStatusCode, type TracerProvider } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { maskedKeys } from './masked-keys.ts';

/** One span a request, from its head to the head of its answer. Routes with `config: { otel: false }` have none. */
export async function traceRequests(app: FastifyInstance, provider: TracerProvider): Promise<void> {
  const instrumentation = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    instrumentHandler: false,
    recordExceptions: false,
    requestHook: describe,
  });
  instrumentation.setTracerProvider(provider);
  await app.register(instrumentation.plugin());

  app.addHook('onRequest', (request, reply, done) => {
    const { span } = request.opentelemetry();
    if (span) {
      request.log = request.log.child({ traceId: span.spanContext().traceId });
      reply.log = request.log;
    }
    done();
  });
  // A body comes in events of its connection, which know nothing of the request: what comes after is the request's again.
  app.addHook('preHandler', (request, _reply, done) => {
    const { context: own } = request.opentelemetry();
    if (own) context.with(own, done);
    else done();
  });
  // Every error was made the span's, with its message, which may quote a table: it is taken back.
  app.addHook('onSend', (request, reply, _payload, done) => {
    const { statusCode } = reply;
    const code = statusCode >= 500 ? SpanStatusCode.ERROR : SpanStatusCode.OK;
    if (statusCode >= 400) request.opentelemetry().span?.setStatus({ code });
    done();
  });
}

/** The query stays out of it, as what stands there is the user's, and so do keys that stand in a path by mistake. */
function describe(span: Span, request: FastifyRequest): void {
  const { method, url, routeOptions, id } = request;
  span.updateName(routeOptions.url === undefined ? method : `${method} ${routeOptions.url}`);
  const path = maskedKeys(url.split('?', 1)[0]);
  span.setAttributes({ 'url.path': path, 'pushforward.request.id': id });
}
