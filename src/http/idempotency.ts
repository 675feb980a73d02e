import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type Keep, KeyClaim } from '../store/idempotency.ts';
import { RequestError } from './errors.ts';
import type { RouteServices } from './services.ts';

/** For routes that create, the header of draft-ietf-httpapi-idempotency-key-header. */
export const idempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x20-\\x7e]*$',
      description:
        'Any text that no other request has, such as a UUID. For 24 hours a request with the same key is answered as the first one that succeeded was, with `Idempotent-Replayed: true`, and creates nothing. 409 while that one is being done, 422 where it asked for something else',
      examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'],
    }),
  ),
});

/** A request that creates something. */
export interface Creation<Created> {
  /** Of all that was asked; reads what is left of the body. */
  digest(): Promise<string>;
  create(keep?: Keep<Created>): Promise<Created>;
  /** The path of what was created, and what is said of it. */
  answer(created: Created): { location: string; body: object };
}

/**
 * Creates and answers with the status that `reply` has; for requests with one Idempotency-Key, at most once.
 * `read` begins to read the body. Throws ConflictError while the first of them is being done, and RequestError where it asked for
 * something else. What fails creates nothing, and leaves the key free.
 */
export async function createOnce<Created>(
  request: FastifyRequest,
  reply: FastifyReply,
  { store, read }: { store: RouteServices['store']; read: () => Promise<Creation<Created>> },
): Promise<FastifyReply> {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') {
    const { create, answer } = await read();
    const { location, body } = answer(await create());
    return reply.header('location', location).send(body);
  }
  const claimed = await store.idempotencyKeys.claim(request.own.actor.owner, key);
  if (!(claimed instanceof KeyClaim)) {
    const { digest } = await read();
    if (claimed.digest !== (await digest())) throw reused(key);
    return send(reply.code(claimed.status).header('idempotent-replayed', 'true'), claimed);
  }
  await using claim = claimed;
  const { create, digest, answer } = await read();
  const written = (created: Created) => {
    const { location, body } = answer(created);
    return { location, body: String(reply.serialize(body)) };
  };
  const created = await create(async (execute, created) =>
    claim.keep(execute, { status: reply.statusCode, digest: await digest(), ...written(created) }),
  );
  return send(reply, written(created));
}

function send(reply: FastifyReply, { location, body }: { location: string; body: unknown }): FastifyReply {
  return reply.header('location', location).type('application/json; charset=utf-8').send(body);
}

function reused(key: string): RequestError {
  const message = `The first request with the key ${key} asked for something else.`;
  return new RequestError(422, 'idempotency-key-reused', `headers/idempotency-key: ${message}`, {
    faults: [{ path: '/idempotency-key', message }],
  });
}
