import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Store } from '../../store/store.ts';
import type { KeyRing } from '../access/key-ring.ts';
import { RequestError } from '../errors.ts';
import { conditionalHeaders, idParams, notModified, pageOf, pageQuery, problems } from '../schemas/common.ts';
import { createdKeySchema, keySchema, newKeySchema, toKeyBody } from '../schemas/key.ts';

const tags = ['keys'];
const config = { scope: 'admin' } as const;

/** API keys, of all owners: whoever may make keys is the operator. */
export const keyRoutes: FastifyPluginAsyncTypebox<{ store: Pick<Store, 'apiKeys'>; ring: KeyRing }> = async (
  app,
  { store, ring },
) => {
  app.post(
    '/keys',
    {
      config,
      schema: {
        operationId: 'createKey',
        summary: 'Make an API key, for any owner',
        description: 'The key itself is in this answer only. From the first key on every request needs one.',
        tags,
        body: newKeySchema,
        response: { 201: createdKeySchema, ...problems(400, 415, 422) },
      },
    },
    async ({ body: { owner, name = '', scopes, expiresAt }, own: { actor } }, reply) => {
      const expiry = expiresAt === undefined ? null : futureTime(expiresAt);
      const { key, secret } = await store.apiKeys.create(actor, { owner, name, scopes, expiresAt: expiry });
      ring.forget();
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...toKeyBody(key), key: secret });
    },
  );

  app.get(
    '/keys',
    {
      config,
      schema: {
        operationId: 'listKeys',
        summary: 'The API keys of all owners, newest first',
        tags,
        querystring: pageQuery,
        headers: conditionalHeaders,
        response: { 200: pageOf(keySchema, 'A page of keys'), ...notModified, ...problems(400) },
      },
    },
    async ({ query }) => {
      const { items, nextCursor } = await store.apiKeys.list(query);
      return { items: items.map(toKeyBody), nextCursor };
    },
  );

  app.delete(
    '/keys/:id',
    {
      config,
      schema: {
        operationId: 'revokeKey',
        summary: 'Revoke an API key',
        description:
          'It is good for nothing from now on; other processes of the service hear of it at once, and notice within two seconds in any case.',
        tags,
        params: idParams,
        response: { 204: Type.Null({ description: 'It is revoked' }), ...problems(400, 404) },
      },
    },
    async ({ params, own: { actor } }, reply) => {
      await store.apiKeys.revoke(actor, params.id);
      ring.forget();
      return reply.code(204).send(null);
    },
  );
};

function futureTime(text: string): Date {
  const time = new Date(text);
  if (time.getTime() > Date.now()) return time;
  const message = `Expected a time to come; got ${text}.`;
  throw new RequestError(422, 'expired', `/expiresAt: ${message}`, { faults: [{ path: '/expiresAt', message }] });
}
