import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { holdsDatabase, openForMaintenance, startEmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { StoreStartError } from './errors.ts';
import { openPool } from './pool.ts';

/** The service's database, for a program that is not the service. */
export interface Database extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly pool: Pool;
}

/**
 * Connects to the database as it is: nothing in it is changed. An embedded one is started if need be; `beside` says
 * whether its service may be running, or must not be.
 * Throws StoreStartError when the database cannot be reached, or is in use and must not be.
 */
export async function openDatabase({
  databaseUrl,
  dataDirectory,
  beside,
  log,
}: {
  databaseUrl: string | undefined;
  dataDirectory: string;
  beside: 'running service' | 'no service';
  log: Logger;
}): Promise<Database> {
  await using resources = new AsyncDisposableStack();
  const embedded = () => {
    if (beside === 'no service') return startEmbeddedPostgres({ dataDirectory, log });
    if (holdsDatabase(dataDirectory)) return openForMaintenance(dataDirectory, log);
    throw new StoreStartError(`DATA_DIR=${dataDirectory} holds no database`);
  };
  const server = databaseUrl === undefined ? await embedded() : { databaseUrl, close: async () => {} };
  resources.defer(() => server.close());
  const pool = await openPool(server.databaseUrl, log);
  resources.defer(() => pool.end());
  const opened = resources.move();
  return { databaseUrl: server.databaseUrl, pool, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
