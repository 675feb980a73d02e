import { createHash, type Hash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FormBody } from './form-body.ts';
import { acceptJson } from './json-body.ts';
import type { TableBody } from './table-body.ts';

/** Those of the requests with JSON bodies that are being answered. */
const digests = new WeakMap<FastifyRequest, string>();

/** Lets the routes of `app` have the digests of requests with JSON bodies, of the bytes as they arrive. */
export function digestJson(app: FastifyInstance): void {
  acceptJson(app, (request, bytes) => void digests.set(request, begin(request).update(bytes).digest('hex')));
}

/** The digest of a request with a JSON body. */
export function jsonDigest(request: FastifyRequest): string {
  return digests.get(request) ?? begin(request).digest('hex');
}

/**
 * A table whose bytes are digested while they are read; `digest` reads what is left. Of a form the fields count, and not the
 * boundary between them, which clients draw anew for each request.
 */
export function digestedTable<Body extends TableBody & Partial<FormBody>>(request: FastifyRequest, body: Body) {
  const hash = begin(request).update(`${body.format} ${body.gzip}\n`);
  const chunks = digested(body.chunks, hash);
  const digest = async () => {
    for await (const _ of chunks);
    return hash.update(JSON.stringify([body.formName?.(), body.formColumns?.()])).digest('hex');
  };
  return { body: { ...body, chunks }, digest };
}

/** Begins the digest of what a request asks with its method, path and query. */
function begin({ method, url }: FastifyRequest): Hash {
  return createHash('sha256').update(`${method} ${url}\n`);
}

async function* digested(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
