import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Logger, pino } from 'pino';
import { keptTables } from '../../src/store/backup/tables.ts';
import { openStore, type Store } from '../../src/store/store.ts';

export const silent: Logger = pino({ level: 'silent' });

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/** An empty directory that every account may enter, as PostgreSQL's must when root runs the tests. */
export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'pushforward-test-'));
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

export interface TestStore extends AsyncDisposable {
  readonly store: Store;
}

/** A store on an embedded PostgreSQL in a directory of its own; disposing of it stops the one and removes the other. */
export async function startTestStore(log = silent): Promise<TestStore> {
  const directory = await temporaryDirectory();
  const store = await openStore({ databaseUrl: undefined, dataDirectory: directory.path, log });
  const dispose = async () => {
    await store.close();
    await directory[Symbol.asyncDispose]();
  };
  return { store, [Symbol.asyncDispose]: dispose };
}

export interface TestDatabase extends pg.Pool, AsyncDisposable {
  readonly url: string;
}

/** An empty database on the store's server. */
export async function createDatabase(store: Store): Promise<TestDatabase> {
  const database = `empty_${crypto.randomUUID().replaceAll('-', '')}`;
  await store.prisma.$executeRawUnsafe(`CREATE DATABASE ${database}`);
  const url = new URL(store.databaseUrl);
  url.pathname = database;
  const pool = new pg.Pool({ connectionString: url.href });
  return Object.assign(pool, { url: url.href, [Symbol.asyncDispose]: () => pool.end() });
}

/** All rows of all tables that a backup keeps, as texts. */
export async function contentOf(pool: pg.Pool): Promise<Record<string, string[]>> {
  const client = await pool.connect();
  try {
    const content: Record<string, string[]> = {};
    for (const { name } of await keptTables(client)) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM "${name}" t ORDER BY 1`);
      content[name] = rows.map(({ row }) => row);
    }
    return content;
  } finally {
    client.release();
  }
}
