import fp from 'fastify-plugin';

/** Keeps answers out of caches that do not ask again: what they say depends on the key, and on who is asked when. */
export const privateAnswersPlugin = fp(
  async (app) => {
    app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'));
  },
  { name: 'private-answers' },
);
