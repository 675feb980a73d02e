import type { FastifyInstance } from 'fastify';
import type { KnownAliases } from '../serving/known-aliases.ts';
import { aliasPattern, isId } from './schemas/alias.ts';

const isAlias = new RegExp(aliasPattern);

/**
 * Lets the routes of `app` for one model, at `/models/:id`, be asked for by an alias in place of the id. It is looked up once: whatever
 * happens to it meanwhile, a request is answered by one model, which the header `Model-Id` of the answer names.
 */
export function acceptAliases(app: FastifyInstance, known: KnownAliases): void {
  app.addHook('preHandler', async ({ params, routeOptions, own }, reply) => {
    if (!routeOptions.url?.includes('/models/:id')) return;
    const given = Object(params);
    const name: unknown = given.id;
    if (typeof name !== 'string' || isId(name) || !isAlias.test(name)) return;
    const { modelId } = await known.get(own.actor.owner, name);
    given.id = modelId;
    reply.header('model-id', modelId);
  });
}
