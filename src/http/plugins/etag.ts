import { createHash } from 'node:crypto';
import fp from 'fastify-plugin';

/**
 * Gives an ETag to JSON that is read, and answers 304 where the client has it already (RFC 9110, 13.1.2). Answers that are streamed
 * have none, and those that have one keep it. It spares the transfer: the answer is made all the same.
 */
export const etagPlugin = fp(
  async (app) => {
    app.addHook('onSend', async ({ method, headers }, reply, payload) => {
      const isRead = (method === 'GET' || method === 'HEAD') && reply.statusCode === 200;
      const isJson = String(reply.getHeader('content-type')).startsWith('application/json');
      if (!isRead || !isJson || typeof payload !== 'string') return payload;
      const etag = String(reply.getHeader('etag') ?? `"${createHash('sha256').update(payload).digest('base64url')}"`);
      // Kept by the client alone, and asked about each time: what is answered depends on the key, and models change.
      reply.header('etag', etag).header('cache-control', 'private, no-cache');
      if (!matches(headers['if-none-match'], etag)) return payload;
      reply.code(304).removeHeader('content-type');
      // Fastify itself leaves out what HEAD does not send, after it has measured it.
      return method === 'HEAD' ? payload : null;
    });
  },
  { name: 'etag' },
);

/** By the weak comparison: a proxy that compresses an answer makes its ETag a weak one. */
function matches(condition: string | undefined, etag: string): boolean {
  const given = condition?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return given.includes(etag) || condition?.trim() === '*';
}
