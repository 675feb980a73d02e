import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Store } from '../../store/store.ts';
import type { Aliased } from '../accept-aliases.ts';
import { RequestError } from '../errors.ts';
import { aliasParams, aliasSchema, changeHeaders, isId } from '../schemas/alias.ts';
import { conditionalHeaders, notModified, problems, refTo } from '../schemas/common.ts';
import { newShadowSchema, shadowSchema, toShadowBody } from '../schemas/shadow.ts';
import type { Own } from '../services.ts';
import { recoder } from '../shadow/recoded-rows.ts';
import { answerAlias, expectedBy } from './aliases.ts';

const tags = ['aliases'];

/** Candidates that score what is asked of an alias, without answering. */
export const shadowRoutes: FastifyPluginAsyncTypebox<Aliased & { store: Pick<Store, 'shadows'> }> = async (
  app,
  { known, scoring, store },
) => {
  app.put(
    '/aliases/:name/shadow',
    {
      schema: {
        operationId: 'shadowAlias',
        summary: 'Have another model score what is asked of an alias, too',
        description:
          'Requests by the alias (log-prob, anomalies, and inference of the Open Inference Protocol) are answered as before; a share of their rows is scored by this model afterwards, while the service has nothing else to do, and the two are compared. That begins anew when either is another.',
        tags,
        params: aliasParams,
        headers: changeHeaders,
        body: newShadowSchema,
        response: { 200: refTo(aliasSchema, 'The alias'), ...problems(400, 404, 409, 412, 415, 422) },
      },
    },
    async ({ params: { name }, body: { modelId: target, share }, headers, own }, reply) => {
      const modelId = isId(target) ? target : (await own.aliases.target(target)).modelId;
      await checkComparable(own, (await own.aliases.target(name)).modelId, modelId);
      await own.aliases.shadow(name, { modelId, share }, expectedBy(headers));
      known.forget();
      return answerAlias(reply, await own.aliases.get(name));
    },
  );

  app.get(
    '/aliases/:name/shadow',
    {
      schema: {
        operationId: 'compareShadow',
        summary: 'How the model of an alias and its shadow compare',
        description:
          'On the rows that both have scored. What another process has found within the last second may be missing.',
        tags,
        params: aliasParams,
        headers: conditionalHeaders,
        response: { 200: shadowSchema, ...notModified, ...problems(400, 404) },
      },
    },
    async ({ params: { name }, own }) => {
      const alias = await own.aliases.get(name);
      await scoring.write();
      return toShadowBody(await store.shadows.get(alias));
    },
  );

  app.delete(
    '/aliases/:name/shadow',
    {
      schema: {
        operationId: 'unshadowAlias',
        summary: 'Have nothing but its model score what is asked of an alias',
        tags,
        params: aliasParams,
        headers: changeHeaders,
        response: { 204: Type.Null({ description: 'Nothing scores besides' }), ...problems(400, 404, 412) },
      },
    },
    async ({ params: { name }, headers, own }, reply) => {
      await own.aliases.unshadow(name, expectedBy(headers));
      known.forget();
      return reply.code(204).send(null);
    },
  );
};

/** Throws RequestError where the log-densities of two models are of different things. */
async function checkComparable({ serving }: Own, production: string, candidate: string): Promise<void> {
  const [ours, theirs] = await Promise.all([serving.encoding(production), serving.encoding(candidate)]);
  if (recoder(ours, theirs)) return;
  const named = ({ columns, context }: typeof ours) =>
    `${columns.map(described).join(', ')}${context.length > 0 ? ` given ${context.map(described).join(', ')}` : ''}`;
  const message = `Expected a model of ${named(ours)}, got one of ${named(theirs)}: their densities cannot be compared.`;
  throw new RequestError(422, 'shadow-mismatch', `/modelId: ${message}`, { faults: [{ path: '/modelId', message }] });
}

const described = ({ name, kind }: { name: string; kind: string }) => `${JSON.stringify(name)} (${kind})`;
