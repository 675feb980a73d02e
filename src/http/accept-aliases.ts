import type { FastifyInstance } from 'fastify';
import type { KnownAliases } from '../serving/known-aliases.ts';
import { NotFoundError } from '../store/errors.ts';
import { aliasPattern, isId } from './schemas/alias.ts';
import type { ShadowScoring } from './shadow/shadow-scoring.ts';

export interface Aliased {
  readonly known: KnownAliases;
  readonly scoring: ShadowScoring;
}

const isAlias = new RegExp(aliasPattern);

/**
 * Lets the routes of `app` for one model, at `/models/:id`, be asked for by an alias in place of the id. It is looked up once: whatever
 * happens to it meanwhile, a request is answered by one model, which the header `Model-Id` of the answer names, and by that alone: a
 * shadow scores afterwards.
 */
export function acceptAliases(app: FastifyInstance, { known, scoring }: Aliased): void {
  app.decorateRequest('shadow');
  app.addHook('preHandler', async (request, reply) => {
    const { params, routeOptions, own } = request;
    if (!routeOptions.url?.includes('/models/:id')) return;
    const given = Object(params);
    const name: unknown = given.id;
    if (typeof name !== 'string' || isId(name) || !isAlias.test(name)) return;
    const target = await known.get(own.actor.owner, name).catch(unlessUnknown);
    if (!target) return;
    const { id: aliasId, modelId, shadow } = target;
    given.id = modelId;
    reply.header('model-id', modelId);
    if (!shadow) return;
    const shadowed = { aliasId, productionId: modelId, ...shadow, serving: own.serving };
    request.shadow = (block) => scoring.offer(shadowed, block);
  });
}

/** The route says, as it does of an id, that there is no such model. */
function unlessUnknown(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
}
