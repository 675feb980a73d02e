import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';

/** The documentation page at /docs, and the document at /docs/json. */
export const swaggerUiPlugin = fp(
  async (app) => {
    await app.register(swaggerUi, { routePrefix: '/docs' });
  },
  { name: 'swagger-ui', dependencies: ['swagger', 'helmet'] },
);
