import { type ClientBase, escapeIdentifier, type Pool } from 'pg';
import { BackupError } from '../errors.ts';
import { applyMissing, beginMigrating, type Migration, readMigrations } from '../migrations.ts';
import { transaction } from '../transaction.ts';
import { copyIn } from './copy.ts';
import { type Manifest, productVersion } from './format.ts';
import { readBackup } from './read.ts';
import { keptTables } from './tables.ts';

/** A backup that is whole, and of a version that this one can restore. */
export interface VerifiedBackup {
  readonly path: string;
  readonly manifest: Manifest;
}

/**
 * Reads a backup through, without a database. Throws BackupError when it cannot be read, is no backup, is damaged or cut
 * short, or when a newer version has written it.
 */
export async function verifyBackup(path: string): Promise<VerifiedBackup> {
  const manifest = await readBackup(path, async (_table, data) => {
    for await (const _piece of data);
    return undefined;
  });
  const known = new Map((await readMigrations()).map(({ name, checksum }) => [name, checksum]));
  for (const { name, checksum } of manifest.migrations) {
    const unknown = !known.has(name) ? 'does not know: update it' : 'has in another form';
    if (known.get(name) !== checksum)
      throw new BackupError(
        `${path} was written by Pushforward ${manifest.version}, with the migration ${name}, ` +
          `which this version, ${productVersion}, ${unknown}`,
      );
  }
  return { path, manifest };
}

/**
 * Puts what a backup holds into an empty database, brings it to the newest schema, and does what `alsoWithin` does, all or
 * nothing.
 * Throws BackupError when the database holds anything, or is at a schema beyond the backup's, and as `verifyBackup` does.
 */
export async function restoreBackup(
  pool: Pool,
  { path, manifest }: VerifiedBackup,
  alsoWithin: (client: ClientBase) => Promise<void>,
): Promise<void> {
  const migrations = await readMigrations();
  const inBackup = migrations.filter(({ name }) => manifest.migrations.some((each) => each.name === name));
  await transaction(pool, async (client) => {
    const applied = await beginMigrating(client, migrations);
    refuseBeyond(path, applied, inBackup);
    await refuseRows(client);
    await applyMissing(client, inBackup, applied);
    await refuseOtherTables(client, { path, manifest });
    await readBackup(path, (table, data) => copyIn(client, table, data));
    await applyMissing(client, migrations, [...applied, ...inBackup.map(({ name }) => name)]);
    await alsoWithin(client);
  });
}

/** Migrations only go forward. */
function refuseBeyond(path: string, applied: readonly string[], inBackup: readonly Migration[]): void {
  const beyond = applied.find((name) => !inBackup.some((migration) => migration.name === name));
  if (beyond !== undefined)
    throw new BackupError(
      `the database has the migration ${beyond}, which is newer than ${path}: restore into a new database, ` +
        'before the service has started on it',
    );
}

/** Throws BackupError when a table has rows; from here on nobody else can add any. */
async function refuseRows(client: ClientBase): Promise<void> {
  const tables = await keptTables(client);
  if (tables.length === 0) return;
  const names = tables.map(({ name }) => escapeIdentifier(name));
  await client.query(`LOCK TABLE ${names.join(', ')} IN SHARE ROW EXCLUSIVE MODE`);
  const found: string[] = [];
  for (const name of names) {
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${name}`);
    if (rows[0].count !== '0') found.push(`${rows[0].count} rows in ${name}`);
  }
  if (found.length > 0)
    throw new BackupError(`the database is not empty (${found.join(', ')}): restore into a new one`);
}

async function refuseOtherTables(client: ClientBase, { path, manifest }: VerifiedBackup): Promise<void> {
  const described = (tables: Manifest['tables'] | Awaited<ReturnType<typeof keptTables>>) =>
    tables.map(({ name, columns }) => `${name} (${columns.join(', ')})`).toSorted();
  const ours = described(await keptTables(client));
  const [other] = described(manifest.tables).filter((table) => !ours.includes(table));
  if (other !== undefined)
    throw new BackupError(`${path} has the table ${other}, which is not one of Pushforward ${manifest.version}`);
}
