import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import fp from 'fastify-plugin';
import type { Limits } from '../../config.ts';

/**
 * Breaks the connection of a client that keeps the service waiting: one that neither sends what it has begun nor takes what it is
 * sent for as long as MAX_IDLE_SECONDS, and any request after MAX_STREAM_SECONDS. What the request held is then let go.
 */
export const deadlinesPlugin = fp(
  async (app, { maxStreamSeconds }: Pick<Limits, 'maxStreamSeconds'>) => {
    const answering = new WeakMap<Socket, FastifyReply>();
    app.addHook('onRequest', async (request, reply) => {
      answering.set(request.raw.socket, reply);
      const end = setTimeout(() => {
        request.log.info({ maxStreamSeconds }, 'a request took longer than MAX_STREAM_SECONDS allows');
        request.raw.destroy();
      }, maxStreamSeconds * 1000);
      end.unref();
      reply.raw.once('close', () => clearTimeout(end));
    });
    // Nothing was heard or said on this connection for MAX_IDLE_SECONDS. Without a listener Node would break it in any case.
    app.server.on('timeout', (socket) => {
      const reply = answering.get(socket);
      if (reply && isServiceAtWork(reply)) socket.setTimeout(socket.timeout ?? 0);
      else socket.destroy();
    });
  },
  { name: 'deadlines' },
);

/** Whether the client waits for the service, rather than the service for the client. */
function isServiceAtWork({ raw, request }: FastifyReply): boolean {
  const hasSent = request.raw.complete || request.raw.readableLength > 0;
  const hasTaken = raw.writableLength === 0;
  return hasSent && hasTaken && !raw.writableEnded;
}
