import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase, Pool } from 'pg';
import { StoreStartError } from './errors.ts';
import { transaction } from './transaction.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

const migrationsDirectory = join(import.meta.dirname, '../../prisma/migrations');

/** The key under which Prisma's own `migrate` takes its advisory lock, so that the two exclude each other. */
const advisoryLock = 72_707_369;

/** Prisma's own table, column for column: `prisma migrate` may take over at any time. */
const createTable = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

/**
 * Brings the database to the newest schema. Processes that start together wait for each other.
 * Returns the names of the migrations that it applied.
 * Throws StoreStartError when what was applied before is not what these migrations say.
 */
export async function migrate(pool: Pool, directory = migrationsDirectory): Promise<string[]> {
  const migrations = await readMigrations(directory);
  return transaction(pool, async (client) => {
    const applied = await beginMigrating(client, migrations);
    return applyMissing(client, migrations, applied);
  });
}

/**
 * Keeps every other process from migrating until the transaction ends. Returns the names of the migrations that were
 * applied before.
 * Throws StoreStartError when these are not what `migrations` say.
 */
export async function beginMigrating(client: ClientBase, migrations: readonly Migration[]): Promise<string[]> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [advisoryLock]);
  await client.query(createTable);
  const applied = await appliedMigrations(client);
  refuseUnknown(applied, migrations);
  return [...applied.keys()];
}

/** Applies, in a transaction in which `beginMigrating` was called, what is not yet `applied`; the names of that. */
export async function applyMissing(
  client: ClientBase,
  migrations: readonly Migration[],
  applied: readonly string[],
): Promise<string[]> {
  const missing = migrations.filter(({ name }) => !applied.includes(name));
  for (const migration of missing) await apply(client, migration);
  return missing.map(({ name }) => name);
}

/** The migrations of a database that one of this version or an earlier one has made. Throws StoreStartError otherwise. */
export async function knownMigrations(client: ClientBase): Promise<{ name: string; checksum: string }[]> {
  const applied = await appliedMigrations(client);
  refuseUnknown(applied, await readMigrations());
  return [...applied].map(([name, checksum]) => ({ name, checksum }));
}

/** In the order in which they are applied. */
export async function readMigrations(directory = migrationsDirectory): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function appliedMigrations(client: ClientBase): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`,
  );
  for (const { name, finished } of rows)
    if (!finished)
      throw new StoreStartError(`migration ${name} was begun but never finished: see "prisma migrate resolve"`);
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

function refuseUnknown(applied: Map<string, string>, migrations: readonly Migration[]): void {
  const checksums = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  for (const [name, checksum] of applied) {
    const expected = checksums.get(name);
    if (expected === undefined)
      throw new StoreStartError(`the database has the migration ${name}, which this version does not know: update it`);
    if (expected !== checksum)
      throw new StoreStartError(
        `migration ${name} was changed after it was applied: its SHA-256 is ${expected}, the database has ${checksum}`,
      );
  }
}

async function apply(client: ClientBase, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(sql);
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  );
}
