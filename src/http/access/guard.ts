import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Bearer, type Scope, scopes } from '../../store/api-keys.ts';
import { localOwner } from '../../store/owner.ts';
import { RequestError } from '../errors.ts';
import type { Services } from '../services.ts';
import type { KeyRing } from './key-ring.ts';
import { checkLocalHost } from './local-host.ts';
import { failureLimit } from './rate-limit.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key has to be good for; where nothing is said `read` for GET, and `write` for the rest. */
    scope?: Scope;
  }
  interface FastifyRequest {
    /** Of the key that the request carries, where keys are asked for. */
    keyId: string | undefined;
  }
}

/** What a scope includes besides itself. */
const included: Readonly<Record<Scope, readonly Scope[]>> = {
  read: [],
  write: ['read'],
  metrics: [],
  admin: scopes,
};

/** Lets a request to a guarded route pass, with what is its owner's, or throws RequestError. */
export type Guard = (request: FastifyRequest) => Promise<void>;

/** Makes the guard of an app's routes. Until a key is made every request is the operator's, who alone can reach loopback. */
export function createGuard(
  app: FastifyInstance,
  { store, serving }: Pick<Services, 'store' | 'serving'>,
  ring: KeyRing,
): Guard {
  app.decorateRequest('keyId');
  app.decorateRequest('own');
  const failures = failureLimit(app);

  const bearerOf = async (request: FastifyRequest): Promise<Bearer> => {
    const [, key] = /^Bearer +(\S+(?: \S+)*)$/i.exec(request.headers.authorization ?? '') ?? [];
    // Whoever's key was good goes on, whatever others do from the same address.
    if (key === undefined || !ring.wasGood(key)) await failures.check(request);
    const bearer = key === undefined ? undefined : await ring.find(key).catch(cannotTell);
    if (bearer) return bearer;
    await failures.count(request);
    throw new RequestError(401, 'unauthorized', 'Expected the header Authorization: Bearer <key> with a known key.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  };

  return async (request) => {
    const isNeeded = await ring.isNeeded().catch(cannotTell);
    if (!isNeeded) checkLocalHost(request.headers.host);
    const bearer = isNeeded ? await bearerOf(request) : undefined;
    const owner = bearer?.owner ?? localOwner;
    const actor = { owner, keyId: bearer?.id, requestId: request.id };
    request.keyId = bearer?.id;
    if (bearer) checkScope(bearer.scopes, request.routeOptions.config.scope ?? 'admin');
    request.own = { actor, ...store.for(actor), serving: serving.for(owner) };
  };
}

/** Puts `app`'s routes, those that are still to come, behind the guard. */
export function guardRoutes(app: FastifyInstance, guard: Guard): void {
  app.addHook('onRoute', (route) => {
    const isRead = ['GET', 'HEAD'].includes(String(route.method));
    const { scope = isRead ? 'read' : 'write' } = route.config ?? {};
    route.config = { ...route.config, scope };
    // In the OpenAPI document; without a key only while there is none.
    route.schema = { ...route.schema, security: [{}, { apiKey: [scope] }] };
  });
  app.addHook('onRequest', guard);
}

function checkScope(given: readonly Scope[], needed: Scope): void {
  if (given.some((scope) => scope === needed || included[scope].includes(needed))) return;
  throw new RequestError(403, 'insufficient-scope', `This needs a key with the scope ${needed}.`, {
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${needed}"` },
  });
}

function cannotTell(): never {
  throw new RequestError(
    503,
    'database-unavailable',
    'The database does not answer, so the API key cannot be checked: try again after the time in Retry-After.',
    { headers: { 'retry-after': '5' } },
  );
}
