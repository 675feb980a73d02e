import type { FastifyBaseLogger, FastifyInstance } from 'fastify';

/** Connections that become idle while the service closes are looked for so often. */
const idleMilliseconds = 100;

/**
 * Stops accepting, and resolves once all requests are answered. What is still being answered after `milliseconds` is cut off: its
 * connection breaks, so that no answer looks whole that is not.
 */
export async function closeWithin(app: FastifyInstance, milliseconds: number, log: FastifyBaseLogger): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), idleMilliseconds);
  const cut = setTimeout(() => {
    app.server.getConnections((_error, connections) =>
      log.warn({ connections }, 'the time to stop is nearly over: what is still being answered is cut off'),
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
