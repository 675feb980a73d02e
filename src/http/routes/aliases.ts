import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { Alias, Expected } from '../../store/aliases.ts';
import type { Aliased } from '../accept-aliases.ts';
import { RequestError } from '../errors.ts';
import { aliasParams, aliasSchema, changeHeaders, isId, newTargetSchema, toAliasBody } from '../schemas/alias.ts';
import { conditionalHeaders, notModified, pageOf, pageQuery, problems, refTo } from '../schemas/common.ts';

const tags = ['aliases'];
const alias = refTo(aliasSchema, 'The alias');

/** Names that stand for models: moved, rolled back and removed. Where a model's id is asked for, they are taken, too. */
export const aliasRoutes: FastifyPluginAsyncTypebox<Pick<Aliased, 'known'>> = async (app, { known }) => {
  app.get(
    '/aliases',
    {
      schema: {
        operationId: 'listAliases',
        summary: 'The aliases, newest first',
        tags,
        querystring: pageQuery,
        headers: conditionalHeaders,
        response: { 200: pageOf(alias, 'A page of aliases'), ...notModified, ...problems(400) },
      },
    },
    async ({ query, own }) => {
      const { items, nextCursor } = await own.aliases.list(query);
      return { items: items.map(toAliasBody), nextCursor };
    },
  );

  app.get(
    '/aliases/:name',
    {
      schema: {
        operationId: 'getAlias',
        summary: 'One alias, with the models that it has stood for',
        tags,
        params: aliasParams,
        headers: conditionalHeaders,
        response: { 200: alias, ...notModified, ...problems(400, 404) },
      },
    },
    async ({ params, own }, reply) => answerAlias(reply, await own.aliases.get(params.name)),
  );

  app.put(
    '/aliases/:name',
    {
      schema: {
        operationId: 'moveAlias',
        summary: 'Make an alias stand for a model',
        description:
          'It is made where it is not there, and moved else, from one moment to the next: a request by the alias is answered by one model, be it the earlier or the new one.',
        tags,
        params: aliasParams,
        headers: changeHeaders,
        body: newTargetSchema,
        response: { 200: alias, 201: alias, ...problems(400, 404, 409, 412, 415, 422) },
      },
    },
    async ({ params: { name }, body: { modelId: target }, headers, own: { aliases } }, reply) => {
      if (isId(name)) throw looksLikeId(name);
      const modelId = isId(target) ? target : (await aliases.target(target)).modelId;
      const { isNew } = await aliases.move(name, modelId, expectedBy(headers));
      known.forget();
      if (isNew) reply.code(201).header('location', `/v1/aliases/${name}`);
      return answerAlias(reply, await aliases.get(name));
    },
  );

  app.post(
    '/aliases/:name/rollback',
    {
      schema: {
        operationId: 'rollBackAlias',
        summary: 'Make an alias stand again for the model before',
        description:
          'For the model from which it came to the present one; asked again, for the one before that. Models that were deleted are passed over.',
        tags,
        params: aliasParams,
        headers: changeHeaders,
        response: { 200: alias, ...problems(400, 404, 409, 412) },
      },
    },
    async ({ params: { name }, headers, own: { aliases } }, reply) => {
      await aliases.rollBack(name, expectedBy(headers));
      known.forget();
      return answerAlias(reply, await aliases.get(name));
    },
  );

  app.delete(
    '/aliases/:name',
    {
      schema: {
        operationId: 'deleteAlias',
        summary: 'Remove an alias, and not the model',
        tags,
        params: aliasParams,
        headers: changeHeaders,
        response: { 204: Type.Null({ description: 'It is gone' }), ...problems(400, 404, 412) },
      },
    },
    async ({ params: { name }, headers, own: { aliases } }, reply) => {
      await aliases.delete(name, expectedBy(headers));
      known.forget();
      return reply.code(204).send(null);
    },
  );
};

export function answerAlias(reply: FastifyReply, found: Alias) {
  return reply.header('etag', `"${found.revision}"`).send(toAliasBody(found));
}

/** What If-Match and If-None-Match say of the alias that may be changed (RFC 9110, 13.1). */
export function expectedBy(headers: { 'if-match'?: string; 'if-none-match'?: string }): Expected {
  const isOneOf = (tags: string, revision: number | undefined) =>
    revision !== undefined && (tags.trim() === '*' || tags.split(',').some((tag) => tag.trim() === `"${revision}"`));
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  return (revision) =>
    (match === undefined || isOneOf(match, revision)) && (noneMatch === undefined || !isOneOf(noneMatch, revision));
}

function looksLikeId(name: string): RequestError {
  const message = `Expected a name that cannot be taken for an id, got ${JSON.stringify(name)}.`;
  return new RequestError(422, 'invalid-alias', `params/name: ${message}`, { faults: [{ path: '/name', message }] });
}
