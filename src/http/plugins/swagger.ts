import swagger from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import fp from 'fastify-plugin';
import { Type } from 'typebox';
import packageJson from '../../../package.json' with { type: 'json' };

/** Makes the OpenAPI document out of the routes' schemas. */
export const swaggerPlugin = fp(
  async (app) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Pushforward',
          version: packageJson.version,
          description:
            'Density estimation and sampling with normalizing flows: post a table, ask for a flow, and get log p(x) and new rows. Log-probabilities are in nats and the data’s own units.',
          license: { name: packageJson.license, identifier: packageJson.license },
        },
        tags: [
          { name: 'datasets', description: 'Tables of numbers' },
          { name: 'models', description: 'Flows trained on a dataset' },
          { name: 'sweeps', description: 'Several flows and seeds on one dataset, and how they compare' },
          { name: 'aliases', description: 'Names that stand for models, and move from one to another' },
          { name: 'flows', description: 'What flows are made of' },
          { name: 'inference', description: 'What a trained model answers' },
          {
            name: 'open inference',
            description: 'The Open Inference Protocol v2, as clients of KServe and Triton speak it',
          },
          { name: 'keys', description: 'Who may do what' },
          { name: 'operation', description: 'Whether the service is well' },
        ],
        components: {
          securitySchemes: {
            apiKey: {
              type: 'http',
              scheme: 'bearer',
              description:
                'An API key. None is asked for until the first is made. Operations name the scope that it needs.',
            },
          },
        },
      },
      transform: ({ schema, url }) => ({ schema: documented(schema), url }),
      // Schemas are named in the document by their $id.
      refResolver: { buildLocalReference: ({ $id }, _base, _fragment, index) => String($id ?? `schema-${index}`) },
    });
  },
  { name: 'swagger' },
);

/** The schema of a route as it is documented: of what a request says, that which has a default may be left out. */
function documented(schema: FastifySchema): FastifySchema {
  const { querystring, body } = schema;
  return { ...schema, querystring: withoutDefaults(querystring), body: withoutDefaults(body) };
}

function withoutDefaults(schema: unknown): unknown {
  if (!Type.IsObject(schema)) return schema;
  const { required = [], ...rest } = schema;
  const needed = required.filter((name) => !('default' in schema.properties[name]));
  return { ...rest, ...(needed.length > 0 && { required: needed }) };
}
