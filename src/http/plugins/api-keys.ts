import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { RequestError } from '../errors.ts';

/** Asks every request of `app`'s routes for one of the keys, unless there are none. */
export function requireApiKey(app: FastifyInstance, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const known = keys.map(digest);
  app.addHook('onRequest', async ({ headers }) => {
    const [, key] = /^Bearer +(.+)$/i.exec(headers.authorization ?? '') ?? [];
    const given = key === undefined ? undefined : digest(key);
    // Every key is compared, in constant time, so that the answer's timing says nothing about any of them.
    const matches = known.filter((hash) => given !== undefined && timingSafeEqual(hash, given));
    if (matches.length > 0) return;
    throw new RequestError(401, 'unauthorized', 'Expected the header Authorization: Bearer <key> with a known key.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  });
}

/** Digests have one length, whatever the keys', as the comparison needs. */
function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
