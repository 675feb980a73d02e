import pg from 'pg';
import type { Logger } from 'pino';
import { StoreStartError } from './errors.ts';

/** Connections to the database, the first of which was made. Throws StoreStartError when the database cannot be reached. */
export async function openPool(databaseUrl: string, log: Logger): Promise<pg.Pool> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 10,
    connectionTimeoutMillis: 10_000,
    // A connection that a router between has forgotten is noticed, not waited on.
    keepAlive: true,
    application_name: 'pushforward',
  });
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  try {
    await pool.query('SELECT 1');
    return pool;
  } catch (cause) {
    await pool.end();
    const { host, port, database } = new pg.Client(pool.options);
    // A refused connection to a name with several addresses has an empty message.
    const reason = cause instanceof Error ? cause.message || ('code' in cause && cause.code) : cause;
    throw new StoreStartError(`the database ${database} at ${host}:${port} cannot be reached: ${reason}`, { cause });
  }
}
