import { setTimeout as sleep } from 'node:timers/promises';
import {
  context,
  type DiagLogFunction,
  DiagLogLevel,
  diag,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { traceRequests } from './requests.ts';
import type { Tracing } from './tracing.ts';

/** The longest that a shutdown waits for a collector: a part of the grace that the process has. */
const closeMilliseconds = 5000;

/** A collector that is away is told of no more often. */
const warningMilliseconds = 60_000;

/** Tracing by OpenTelemetry's SDK, which reads from its own environment variables where spans go, how many, and as whose. */
export class OpenTelemetry implements Tracing {
  readonly #log: Logger;
  readonly #provider: NodeTracerProvider;
  readonly #tracer: Tracer;

  constructor(log: Logger) {
    this.#log = log;
    const warn = rarely((about) => log.warn(about, 'traces do not get through'));
    const tell: DiagLogFunction = (reason) => warn({ reason });
    diag.setLogger(
      { error: tell, warn: tell, info: () => {}, debug: () => {}, verbose: () => {} },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    setGlobalErrorHandler((err) => warn({ err }));
    const named = defaultResource().merge(resourceFromAttributes({ 'service.name': 'pushforward' }));
    this.#provider = new NodeTracerProvider({
      resource: named.merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    });
    this.#provider.register();
    this.#tracer = this.#provider.getTracer('pushforward');
  }

  traceRequests(app: FastifyInstance): Promise<void> {
    return traceRequests(app, this.#provider);
  }

  span: Tracing['span'] = (name, { attributes = {}, parent }, work) => {
    const from = parent === undefined ? context.active() : propagation.extract(ROOT_CONTEXT, { traceparent: parent });
    return this.#tracer.startActiveSpan(name, { attributes }, from, async (span) => {
      try {
        return await work({
          traceId: span.spanContext().traceId,
          set: (more) => void span.setAttributes(more),
        });
      } catch (error) {
        // Its message may quote what users sent.
        span.setStatus({ code: SpanStatusCode.ERROR });
        if (error instanceof Error) span.setAttribute('error.type', error.name);
        throw error;
      } finally {
        span.end();
      }
    });
  };

  traceparent(): string | undefined {
    const carrier: { traceparent?: string } = {};
    propagation.inject(context.active(), carrier);
    return carrier.traceparent;
  }

  async close(): Promise<void> {
    const given = new AbortController();
    const late = sleep(closeMilliseconds, 'late', { signal: given.signal, ref: false });
    try {
      if ((await Promise.race([this.#provider.shutdown(), late])) === 'late')
        this.#log.warn('the last traces did not get through in time');
    } catch (err) {
      this.#log.warn({ err }, 'the last traces did not get through');
    } finally {
      given.abort();
      for (const part of [trace, context, propagation, diag]) part.disable();
    }
  }
}

/** Calls `tell` at most once in a while; the next time it says how many calls were left out. */
function rarely(tell: (about: object) => void): (about: object) => void {
  let last = Number.NEGATIVE_INFINITY;
  let leftOut = 0;
  return (about) => {
    if (performance.now() - last < warningMilliseconds) {
      leftOut++;
      return;
    }
    last = performance.now();
    tell({ ...about, ...(leftOut > 0 && { leftOut }) });
    leftOut = 0;
  };
}
