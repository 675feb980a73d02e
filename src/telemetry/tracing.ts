import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

/** What is told of a piece of work; never what users sent, only how much of it. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A piece of work on its way. */
export interface Span {
  /** Undefined where nothing is traced. */
  readonly traceId: string | undefined;
  set(attributes: Attributes): void;
}

interface SpanOptions {
  readonly attributes?: Attributes;
  /** What asked for the work, as W3C's `traceparent`, where that is not what is running. */
  readonly parent?: string | undefined;
}

/** Tells a collector of traces what the service does, and how long it takes. */
export interface Tracing {
  /** Makes each request to `app` a span, of the caller's trace where it names one, and its `traceId` a part of its log. */
  traceRequests(app: FastifyInstance): Promise<void>;
  /** Makes `work` a span. What it throws passes through. */
  span<Result>(name: string, options: SpanOptions, work: (span: Span) => Promise<Result>): Promise<Result>;
  /** Names what is running, as W3C's `traceparent`; undefined where nothing is traced. */
  traceparent(): string | undefined;
  /** Sends what is not sent yet, for some seconds at most; nothing is traced any more. */
  close(): Promise<void>;
}

const untraced: Span = { traceId: undefined, set: () => {} };

/** Tells nobody, and costs nothing. */
export const noTracing: Tracing = {
  traceRequests: async () => {},
  span: (_name, _options, work) => work(untraced),
  traceparent: () => undefined,
  close: async () => {},
};

/** What sends the spans is loaded only where they are asked for. */
export async function startTracing({ tracing }: { tracing: boolean }, log: Logger): Promise<Tracing> {
  if (!tracing) return noTracing;
  const { OpenTelemetry } = await import('./opentelemetry.ts');
  return new OpenTelemetry(log);
}
