import pg from 'pg';

/**
 * Holds a connection to a server and resolves when it breaks, which it does the moment that the server dies; at once where there
 * is none to be had. Resolves also when `signal` aborts.
 */
export async function connectionLost(connectionString: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const client = new pg.Client({
    connectionString,
    application_name: 'pushforward-watch',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  const lost = new Promise<void>((resolve) => {
    client.once('end', resolve);
    client.on('error', () => resolve());
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([client.connect(), lost]);
    await lost;
  } catch {
    // As good as lost.
  } finally {
    await client.end().catch(() => {});
  }
}
