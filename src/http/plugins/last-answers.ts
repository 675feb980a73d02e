import fp from 'fastify-plugin';
import type { Services } from '../services.ts';

/**
 * Once the service is about to stop, every answer says that it is the last of its connection. Whoever has more to ask connects
 * anew, where a load balancer may lead elsewhere, rather than on a connection that is closed while the request is on its way.
 */
export const lastAnswersPlugin = fp<Pick<Services, 'stopping'>>(
  async (app, { stopping }) => {
    app.addHook('onSend', async (_request, reply) => {
      if (stopping?.aborted) reply.header('connection', 'close');
    });
  },
  { name: 'last-answers' },
);
