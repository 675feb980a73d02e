import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { RequestError } from '../errors.ts';
import { describeFlow, flowCatalogue } from '../flow-catalogue.ts';
import { conditionalHeaders, notModified, problems } from '../schemas/common.ts';
import { flowCatalogueSchema, resolvedFlowSchema, resolveFlowSchema } from '../schemas/flow.ts';
import type { RouteServices } from '../services.ts';

const tags = ['flows'];

/** What flows may be asked for, and what one that is asked for amounts to. */
export const flowRoutes: FastifyPluginAsyncTypebox<Pick<RouteServices, 'config'>> = async (app, { config }) => {
  const { maxColumns, maxParameters } = config.limits;

  app.get(
    '/flows',
    {
      schema: {
        operationId: 'listFlows',
        summary: 'The presets, and the types of layers and base distributions',
        description:
          'A spec lists its layers from the data towards the base. {"repeat": n, "layers": [..]} stands for them n times, {"type": "inverse", "layer": {..}} for a layer with its directions exchanged.',
        tags,
        headers: conditionalHeaders,
        response: { 200: flowCatalogueSchema, ...notModified, ...problems() },
      },
    },
    async () => flowCatalogue(),
  );

  app.post(
    '/flows/resolve',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'resolveFlow',
        summary: 'What a flow amounts to for a table, or what is wrong with it',
        description:
          'A flow with a mistake is answered too: `flow` is null, and `problems` name it by its JSON pointer.',
        tags,
        body: resolveFlowSchema,
        response: { 200: resolvedFlowSchema, ...problems(400, 415, 422) },
      },
    },
    async ({ body }) => {
      const width = body.columns + body.context;
      if (width > maxColumns)
        throw new RequestError(
          422,
          'too-many-columns',
          `${width} columns are more than MAX_COLUMNS=${maxColumns} allows.`,
          {
            faults: [{ path: '/columns', message: `Expected at most ${maxColumns}, with those of the context.` }],
          },
        );
      return describeFlow(body, maxParameters);
    },
  );
};
