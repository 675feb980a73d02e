import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { migrate } from '../../src/store/migrations.ts';
import { openStore } from '../../src/store/store.ts';
import { createDatabase, silent, startTestStore, type TestStore, temporaryDirectory } from '../support/postgres.ts';

const ours = join(import.meta.dirname, '../../prisma/migrations');
const names = [
  '20261124000000_initial',
  '20261125000000_checkpoints_and_races',
  '20261127000000_dataset_correlations',
  '20261128000000_missing_cells',
  '20261129000000_idempotency_keys',
  '20261130000000_keys_and_owners',
  '20261201000000_audit_trail',
  '20261202000000_bulk_jobs',
  '20261203000000_rate_counts',
  '20261204000000_aliases',
  '20261205000000_alias_shadows',
  '20261206000000_workers',
  '20261207000000_sweeps',
  '20261208000000_race_legs',
];
const [
  initial,
  races,
  correlations,
  missing,
  idempotency,
  keys,
  audit,
  bulk,
  rates,
  aliases,
  shadows,
  workers,
  sweeps,
  legs,
] = names;
let testStore: TestStore;

before(async () => {
  testStore = await startTestStore();
});
after(() => testStore[Symbol.asyncDispose]());

const emptyDatabase = () => createDatabase(testStore.store);

async function tables(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
  );
  return rows.map((row) => row.name);
}

test('migrations are applied once, however many processes start together', async () => {
  await using pool = await emptyDatabase();
  const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(pool)));
  assert.deepEqual(applied.flat(), names);
  assert.deepEqual(await migrate(pool), []);
  assert.ok((await tables(pool)).includes('models'));
});

test('a database of an earlier version is brought up, with what is in it', async () => {
  await using pool = await emptyDatabase();
  await using directory = await temporaryDirectory();
  await cp(join(ours, initial), join(directory.path, initial), { recursive: true });
  await migrate(pool, directory.path);
  await pool.query(
    `INSERT INTO models (id, name, columns, context, flow, training, seed, parameter_count, warnings)
     VALUES ('01a20de1-a91a-73d9-ab9c-4046e3f46189', 'tides', '[]', '[]', '{}', '{}', 1, 12, '[]')`,
  );
  await pool.query(
    `INSERT INTO datasets (id, name, row_count, byte_count, columns, warnings)
     VALUES ('01a20de1-a91a-73d9-ab9c-4046e3f46189', 'waves', 0, 0, '[]', '[]')`,
  );
  assert.deepEqual(await migrate(pool), names.slice(1));
  const { rows: datasets } = await pool.query('SELECT name, owner, correlations FROM datasets');
  assert.deepEqual(datasets, [{ name: 'waves', owner: 'local', correlations: null }]);
  const { rows } = await pool.query('SELECT name, version, owner, parameter_count, race FROM models');
  assert.deepEqual(rows, [{ name: 'tides', version: 1, owner: 'local', parameter_count: 12, race: null }]);
});

test("they are recorded as Prisma's own command records them", async () => {
  const rows = await testStore.store.prisma.$queryRaw`
    SELECT migration_name, checksum, logs, rolled_back_at, applied_steps_count, finished_at >= started_at AS finished
    FROM _prisma_migrations ORDER BY migration_name`;
  // sha256sum prisma/migrations/*/migration.sql
  const checksums = {
    [initial]: '0d32ddf09719ed9e785fbf1e7febe9fa301ffce481feeacf6ef274cbda980c0d',
    [races]: '2274645f938b7f2fd1fbe14f5b4f29deefaa43cf66ddd379fbb456827143ef70',
    [correlations]: '54545153ccfdacef12dc67070b5beabe641cdea3fad2da2b91a074f031541fde',
    [missing]: '7db29334aac321f2dd797cfc0ee97695ef37e41e5bdfb0433fc5f914a4ca6987',
    [idempotency]: '28e100127764c3248d8bfe9dd40c1f6fb852782d152d28c8a017fcf96f0b9354',
    [keys]: '785baef34c9c614c4d6770a525b5c634ab3b5828a88c3aec2c5b604246c7a385',
    [audit]: 'b33f34d60d05297f586ffa54b382163134eebaac741bdf7c3263b7a14eb98f58',
    [bulk]: '21ec89f3f3f6341a41bff9a9de9bdad4851d5182480233764dd44106d966d4ec',
    [rates]: '3fdbeddda04067d121ba4b213284b9ad5d715d25283d39acfc531f405051d83b',
    [aliases]: 'a87ae7f16bdd98f503c59c68bbf41b6f0f8dcabe6a634c15e4460b32a83c8d4e',
    [shadows]: '89262e86015283729f34eef6b74e17b941a41686a5e609bce98317ea1af080e0',
    [workers]: '61c2192d9287edda2ab608e4247706714a8dffc47fd25e04131e97f455e33a87',
    [sweeps]: 'c762d2c5c9025f6d41faa0e4114ebc9a80fb376d7805315821a76bc13b9add34',
    [legs]: '7d7f2fd944af2468a929a31c8d441775dfa3c80193776ffcfbc96239c0b90f24',
  };
  const record = { logs: null, rolled_back_at: null, applied_steps_count: 1, finished: true };
  assert.deepEqual(
    rows,
    Object.entries(checksums).map(([migration_name, checksum]) => ({ migration_name, checksum, ...record })),
  );
});

test('a migration that was changed after it was applied is refused', async () => {
  await using pool = await emptyDatabase();
  await using directory = await temporaryDirectory();
  await cp(ours, directory.path, { recursive: true });
  await migrate(pool, directory.path);
  await appendFile(join(directory.path, initial, 'migration.sql'), '-- changed');
  await assert.rejects(migrate(pool, directory.path), {
    name: 'StoreStartError',
    message: /^migration 20261124000000_initial was changed after it was applied: its SHA-256 is [0-9a-f]{64}, /,
  });
});

test('a migration of a newer version is refused', async () => {
  await using pool = await emptyDatabase();
  await using directory = await temporaryDirectory();
  await cp(ours, directory.path, { recursive: true });
  await mkdir(join(directory.path, '29990101000000_later'));
  await writeFile(join(directory.path, '29990101000000_later', 'migration.sql'), 'CREATE TABLE later ()');
  assert.equal((await migrate(pool, directory.path)).at(-1), '29990101000000_later');
  await assert.rejects(migrate(pool), /the migration 29990101000000_later, which this version does not know/);
});

test('a migration that fails leaves the database as it was', async () => {
  await using pool = await emptyDatabase();
  await using directory = await temporaryDirectory();
  await mkdir(join(directory.path, '1_half'));
  await writeFile(join(directory.path, '1_half', 'migration.sql'), 'CREATE TABLE half (); SELECT nonsense;');
  await assert.rejects(migrate(pool, directory.path), /nonsense/);
  assert.deepEqual(await tables(pool), []);
});

test('a migration that another program left unfinished is refused', async () => {
  await using pool = await emptyDatabase();
  await migrate(pool);
  await pool.query('UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = $1', [initial]);
  await assert.rejects(migrate(pool), /20261124000000_initial was begun but never finished/);
});

test('a database that cannot be reached is named, without its password', async () => {
  const opened = openStore({
    databaseUrl: 'postgresql://someone:secret@127.0.0.1:1/somewhere',
    dataDirectory: '/nowhere',
    log: silent,
  });
  await assert.rejects(opened, (error: Error) => {
    assert.match(error.message, /^the database somewhere at 127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});
