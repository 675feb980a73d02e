import pg from 'pg';
import type { Logger } from 'pino';
import { StoreStartError } from './errors.ts';

/**
 * A machine that has gone without a word would keep the rows that its transaction has locked for as long as the server holds its
 * connection, by default two hours: after these, in seconds and milliseconds, the server takes it for lost.
 */
const notice = `SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
  SET tcp_user_timeout = 25000`;

/** Connections to the database, the first of which was made. Throws StoreStartError when the database cannot be reached. */
export async function openPool(databaseUrl: string, log: Logger): Promise<pg.Pool> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 10,
    connectionTimeoutMillis: 10_000,
    // A connection that a router between has forgotten is noticed, not waited on.
    keepAlive: true,
    application_name: 'pushforward',
    // Waited for, before anything else is asked on a new connection.
    onConnect: async (client) => void (await client.query(notice)),
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
