import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';

/** Connections that become idle while the service closes are looked for so often. */
const idleMilliseconds = 100;

/** The connections of a server, from now on. */
export function openConnections(server: Server): ReadonlySet<Socket> {
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  return connections;
}

export interface ClosingOptions {
  readonly connections: ReadonlySet<Socket>;
  readonly milliseconds: number;
  readonly log: FastifyBaseLogger;
}

/**
 * Stops accepting, and resolves once all requests are answered. What is still being answered after `milliseconds` is cut off: its
 * connection breaks, so that no answer looks whole that is not.
 */
export async function closeWithin(
  app: FastifyInstance,
  { connections, milliseconds, log }: ClosingOptions,
): Promise<void> {
  const idle = setInterval(() => {
    app.server.closeIdleConnections();
    // Node takes a connection on which nothing was ever said for a busy one.
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  }, idleMilliseconds);
  const cut = setTimeout(() => {
    log.warn(
      { connections: connections.size },
      'the time to stop is nearly over: what is still being answered is cut off',
    );
    app.server.closeAllConnections();
  }, milliseconds);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
}
