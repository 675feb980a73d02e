import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** A span as it came, its attributes by their names. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** 1: internal, 2: of a server. */
  readonly kind: number;
  /** 1: fine, 2: an error. */
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A collector of traces over OTLP/HTTP, in JSON. */
export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** All that came, as it came, headers included. */
  readonly received: readonly string[];
  /** The first span for which `holds` does, once it has come; fails when that takes longer than `seconds`. */
  span(holds: (span: CollectedSpan) => boolean, seconds?: number): Promise<CollectedSpan>;
}

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    received.push(JSON.stringify(request.headers), body);
    assert.equal(request.url, '/v1/traces');
    spans.push(...spansOf(JSON.parse(body)));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const span: Collector['span'] = async (holds, seconds = 30) => {
    const deadline = performance.now() + 1000 * seconds;
    for (;;) {
      const found = spans.find(holds);
      if (found) return found;
      assert.ok(performance.now() < deadline, `Not among ${spans.map(({ name }) => name).join(', ')}`);
      await setTimeout(50);
    }
  };
  const dispose = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${address.port}`, spans, received, span, [Symbol.asyncDispose]: dispose };
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
function spansOf({ resourceSpans }: any): CollectedSpan[] {
  const found: CollectedSpan[] = [];
  for (const { resource, scopeSpans } of resourceSpans)
    for (const { spans } of scopeSpans)
      for (const span of spans)
        found.push({ ...span, attributes: record(span.attributes), resource: record(resource.attributes) });
  return found;
}

/** OTLP's list of keys and typed values. */
function record(attributes: { key: string; value: object }[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
