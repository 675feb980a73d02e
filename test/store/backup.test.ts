import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { pack } from 'tar-stream';
import { startQueue } from '../../src/queue/queue.ts';
import { operator } from '../../src/store/audit.ts';
import { type Entry, readArchive } from '../../src/store/backup/archive.ts';
import { backUp } from '../../src/store/backup/backup.ts';
import { writeWhole } from '../../src/store/backup/file.ts';
import { formatVersion, productVersion } from '../../src/store/backup/format.ts';
import { restoreBackup, type VerifiedBackup, verifyBackup } from '../../src/store/backup/restore.ts';
import { keptTables, leftOut, leftOutSchemas } from '../../src/store/backup/tables.ts';
import type { Store } from '../../src/store/store.ts';
import { createDataset, createModel } from '../support/models.ts';
import {
  contentOf,
  createDatabase,
  silent,
  startTestStore,
  type TemporaryDirectory,
  type TestDatabase,
  type TestStore,
  temporaryDirectory,
} from '../support/postgres.ts';

let testStore: TestStore;
let store: Store;
let directory: TemporaryDirectory;
let path: string;
let content: Record<string, string[]>;

before(async () => {
  testStore = await startTestStore();
  store = testStore.store;
  await fill(store);
  directory = await temporaryDirectory();
  path = join(directory.path, 'whole.backup');
  await using database = sameDatabase();
  content = await contentOf(database);
  await writeWhole(path, (sink) => backUp(database, sink));
});
after(async () => {
  await testStore[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

/** Has at least a row in every table; the bytes are larger than a piece of the file, and such that they do not compress. */
async function fill(into: Store): Promise<void> {
  const awkward = 'tab\t, newline\n, \\N, quote " and ünï';
  await createDataset(into, awkward);
  const ready = await createModel(into);
  await into.models.startAttempt(ready.id);
  const artefact = randomBytes(5 * 2 ** 20);
  await into.models.complete(ready.id, 1, { artefact, metrics: { awkward }, warnings: ['NUL \0'], progress: {} });
  const training = await createModel(into);
  await into.for(operator).aliases.move('production', ready.id);
  const candidate = await createModel(into);
  await into.models.startAttempt(candidate.id);
  await into.models.complete(candidate.id, 1, {
    artefact: Buffer.from('small'),
    metrics: {},
    warnings: [],
    progress: {},
  });
  await into.for(operator).aliases.shadow('production', { modelId: candidate.id, share: 0.5 });
  const drawing = {
    name: awkward,
    kind: 'sample',
    options: {},
    modelId: ready.id,
    rows: { count: 2 },
    partRows: 1,
  } as const;
  const { id: job } = await into.bulkJobs.create(drawing, { enqueue: async () => {} });
  const small = { datasetId: ready.datasetId ?? '', columns: ['x'], context: [], flow: {}, training: {} };
  const trials = [{ flow: 0, model: { ...small, name: awkward, seed: 2 ** 32 - 1, parameterCount: null } }];
  const swept = { name: awkward, datasetId: small.datasetId, flows: [awkward], trials };
  const { id: sweep } = await into.sweeps.create(swept, { enqueue: async () => {} });
  await into.sweeps.cancel(sweep);
  const { part } = (await into.bulkWork.startPart(job, 0)) ?? assert.fail('not started');
  await into.bulkWork.finishPart(part, randomBytes(1000), async () => {});
  await into.models.startAttempt(training.id);
  await into.models.recordProgress(training.id, 1, { step: 3 });
  await into.models.saveCheckpoint(training.id, 1, randomBytes(100_000));
  await createModel(into);
  await into.idempotencyKeys.claim('somebody', 'key');
  const key = { owner: 'ann', name: awkward, scopes: ['read' as const], expiresAt: null };
  await into.apiKeys.create(operator, key);
}

/** Other connections to the store's database. */
function sameDatabase(): TestDatabase {
  const pool = new pg.Pool({ connectionString: store.databaseUrl });
  return Object.assign(pool, { url: store.databaseUrl, [Symbol.asyncDispose]: () => pool.end() });
}

async function entriesOf(file: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of readArchive(file)) entries.push(entry);
  return entries;
}

const nothingElse = async () => {};
const restore = async (database: TestDatabase, backup: VerifiedBackup) => restoreBackup(database, backup, nothingElse);

test('every table is kept, or left out for a reason', async () => {
  await using database = await createDatabase(store);
  const queue = await startQueue({ ...store, databaseUrl: database.url, embedded: false }, silent);
  await queue.stop();
  await restore(database, await verifyBackup(path));
  const { rows } = await database.query<{ schema: string; name: string }>(
    `SELECT relnamespace::regnamespace::text AS schema, relname AS name FROM pg_class
     WHERE relkind IN ('r', 'p', 'f', 'm', 'S') AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'`,
  );
  const client = await database.connect();
  const kept = (await keptTables(client)).map(({ name }) => name);
  client.release();
  const accounted = [...kept, ...Object.keys(leftOut)];
  const forgotten = rows.filter(
    ({ schema, name }) => !(schema in leftOutSchemas) && !(schema === 'public' && accounted.includes(name)),
  );
  assert.deepEqual(forgotten, [], 'neither kept nor left out: src/store/backup/tables.ts has to say which');
  for (const name of Object.keys(leftOut))
    assert.ok(
      rows.some((row) => row.name === name),
      `there is no ${name}`,
    );
  for (const schema of Object.keys(leftOutSchemas))
    assert.ok(
      rows.some((row) => row.schema === schema),
      schema,
    );
  for (const table of kept) assert.ok(content[table].length > 0, `nothing of ${table} is tried here`);
});

test('what was backed up is restored, to the byte', async () => {
  await using database = await createDatabase(store);
  await restore(database, await verifyBackup(path));
  assert.deepEqual(await contentOf(database), content);
  const applied = 'SELECT migration_name, checksum FROM _prisma_migrations ORDER BY 1';
  await using original = sameDatabase();
  assert.deepEqual((await database.query(applied)).rows, (await original.query(applied)).rows);
});

test('the file is for its owner, and of equal pieces that the archive names', async () => {
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const entries = (await entriesOf(path)).map((entry) => `${entry.name} ${entry.content.length}`);
  assert.match(entries[0], /^manifest\.json /);
  assert.match(entries.at(-1) ?? '', /^checksums\.json /);
  assert.equal(entries.filter((entry) => entry.endsWith(` ${4 * 2 ** 20}`)).length, 1, entries.join('\n'));
  assert.ok(entries.includes('tables/model_artefacts/00000000 4194304'));
});

test('a backup is of one moment, however much is written meanwhile', async () => {
  await using database = await createDatabase(store);
  await restore(database, await verifyBackup(path));
  let isDone = false;
  let rounds = 0;
  // Each round is one transaction: a row more in both tables, or in neither.
  const writer = async () => {
    for (; !isDone; rounds++)
      await database.query(
        `WITH d AS (INSERT INTO datasets (id, name, row_count, byte_count, columns, warnings)
                    VALUES (gen_random_uuid(), 'busy', 0, 0, '[]', '[]') RETURNING id)
         INSERT INTO models (id, name, version, dataset_id, columns, context, flow, training, seed, warnings)
         SELECT gen_random_uuid(), 'busy', (SELECT count(*) FROM models WHERE name = 'busy') + 1, id, '[]', '[]', '{}', '{}', 0, '[]' FROM d`,
      );
  };
  const writing = writer();
  while (rounds < 5) await database.query('SELECT 1');
  const file = join(directory.path, 'busy.backup');
  const before = rounds;
  await writeWhole(file, (sink) => backUp(database, sink));
  assert.ok(rounds > before, 'the writer was held up');
  isDone = true;
  await writing;
  await using restored = await createDatabase(store);
  await restore(restored, await verifyBackup(file));
  const { rows } = await restored.query<{ datasets: number; models: number }>(
    `SELECT (SELECT count(*)::int FROM datasets WHERE name = 'busy') AS datasets,
       (SELECT count(*)::int FROM models WHERE name = 'busy') AS models`,
  );
  assert.ok(rows[0].datasets >= 5 && rows[0].datasets === rows[0].models, JSON.stringify(rows));
});

test('a backup that cannot be written to its end leaves nothing, and what was there before', async () => {
  const file = join(directory.path, 'kept.backup');
  await writeFile(file, 'an older one');
  await using database = sameDatabase();
  const full = Object.assign(new Error('no space left on device'), { syscall: 'write' });
  let length = 0;
  const disk = new Writable({
    write(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      done(length > 2 ** 20 ? full : null);
    },
  });
  const written = writeWhole(file, () => backUp(database, disk));
  await assert.rejects(written, { name: 'BackupError', message: `${file} cannot be written: no space left on device` });
  assert.equal(await readFile(file, 'utf8'), 'an older one');
  assert.equal(existsSync(`${file}.partial`), false);
  // The connection in the middle of whose COPY it broke off is gone.
  assert.equal(database.totalCount, 0);
  await assert.rejects(
    writeWhole(join(directory.path, 'nowhere/file'), (sink) => backUp(database, sink)),
    /nowhere\/file cannot be written: ENOENT/,
  );
});

test('a file that was cut short is refused, wherever', async () => {
  const whole = await readFile(path);
  const file = join(directory.path, 'short.backup');
  for (const length of [
    0,
    1,
    10,
    500,
    5_000,
    whole.length >> 1,
    whole.length - 9,
    whole.length - 8,
    whole.length - 1,
  ]) {
    await writeFile(file, whole.subarray(0, length));
    await assert.rejects(verifyBackup(file), refused(file), `${length} bytes`);
  }
});

test('a file of which any byte was changed is refused', async () => {
  const whole = await readFile(path);
  const file = join(directory.path, 'flipped.backup');
  // What comes before the tenth byte but the first four says when and where the file was compressed, and is not looked at.
  const places = [0, 1, 2, 10, 11, 12, whole.length - 1, whole.length - 5];
  for (let each = 0; each < 24; each++) places.push(13 + Math.floor((each / 24) * (whole.length - 20)));
  for (const place of places) {
    await writeFile(file, whole.with(place, whole[place] ^ 1));
    await assert.rejects(verifyBackup(file), refused(file), `byte ${place}`);
  }
});

/** Writes the backup's entries again, changed, with checks of gzip and tar that hold. */
async function rewritten(name: string, change: (entries: Entry[]) => Entry[]): Promise<string> {
  const file = join(directory.path, name);
  const archive = pack();
  const bytes = buffer(archive);
  for (const entry of change(await entriesOf(path))) archive.entry({ name: entry.name }, entry.content);
  archive.finalize();
  await writeFile(file, gzipSync(await bytes));
  return file;
}

const isPart = ({ name }: Entry) => name.startsWith('tables/model_artefacts/');
const manifestWith = (change: object) => (entries: Entry[]) =>
  entries.map((entry) => {
    if (entry.name !== 'manifest.json') return entry;
    return { ...entry, content: Buffer.from(JSON.stringify({ ...JSON.parse(entry.content.toString()), ...change })) };
  });
const later = { name: '29990101000000_later', checksum: '0' };

const changes: Record<string, [(entries: Entry[]) => Entry[], RegExp]> = {
  'a changed piece': [
    (entries) =>
      entries.map((entry) => (isPart(entry) ? { ...entry, content: entry.content.with(500, 1) as Buffer } : entry)),
    /is damaged: the table model_artefacts has another SHA-256 than when it was written$/,
  ],
  'a piece less': [
    (entries) => entries.toSpliced(entries.findIndex(isPart), 1),
    /is damaged: the table model_artefacts has another SHA-256/,
  ],
  'no end': [(entries) => entries.slice(0, -1), /is damaged: expected checksums\.json, found its end$/],
  'a table less': [
    (entries) => entries.filter((entry) => !isPart(entry)),
    /is damaged: the table model_artefacts has another SHA-256/,
  ],
  'something after its end': [
    (entries) => [...entries, { name: 'more', content: Buffer.alloc(1) }],
    /is damaged: it goes on after its end, with more$/,
  ],
  'another format': [manifestWith({ format: 'other' }), /is no backup of Pushforward: it does not begin as one$/],
  'a newer format': [
    manifestWith({ formatVersion: formatVersion + 1, version: '7.0.0', more: true }),
    /was written by Pushforward 7\.0\.0 in format 2; this version, [\d.]+, reads formats up to 1: update it$/,
  ],
  'no list of tables': [manifestWith({ tables: null }), /is damaged: its manifest\.json is not what it should be$/],
  'a migration of a newer version': [
    manifestWith({ version: '7.0.0', migrations: [later] }),
    new RegExp(
      `was written by Pushforward 7\\.0\\.0, with the migration 29990101000000_later, which this version, ${productVersion}, does not know: update it$`,
    ),
  ],
};
for (const [what, [change, message]] of Object.entries(changes))
  test(`a file with ${what} is refused`, async () => {
    const file = await rewritten('rewritten.backup', change);
    await assert.rejects(verifyBackup(file), { name: 'BackupError', message });
  });

const refused = (file: string) => (error: Error) => {
  assert.equal(error.name, 'BackupError', error.stack);
  assert.ok(error.message.startsWith(`${file} is `) && !error.message.includes('\n'), error.message);
  return true;
};

test('files that are something else are refused', async () => {
  const file = join(directory.path, 'other');
  for (const bytes of [
    Buffer.from('id,name\n'),
    gzipSync('text'),
    gzipSync(randomBytes(5000)),
    gunzipSync(await readFile(path)),
  ]) {
    await writeFile(file, bytes);
    await assert.rejects(verifyBackup(file), refused(file));
  }
  await assert.rejects(verifyBackup(`${file}-not-there`), /other-not-there cannot be read: ENOENT/);
  await assert.rejects(verifyBackup(directory.path), /cannot be read: EISDIR/);
});

test('what goes wrong in the middle of a restore undoes all of it', async () => {
  await using database = await createDatabase(store);
  const untouched = () => database.query("SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace");
  const backup = await verifyBackup(path);
  const failed = restoreBackup(database, backup, async (client) => {
    assert.equal((await client.query('SELECT 1 FROM models')).rowCount, 5);
    throw new Error('the queue is gone');
  });
  await assert.rejects(failed, /the queue is gone/);
  assert.equal((await untouched()).rowCount, 0);
  // Damaged between the two times that it is read.
  for (const change of ['a changed piece', 'a piece less', 'no end']) {
    const damaged = await rewritten('damaged.backup', changes[change][0]);
    await assert.rejects(restore(database, { ...backup, path: damaged }));
    assert.equal((await untouched()).rowCount, 0, change);
  }
  await restore(database, backup);
  assert.deepEqual(await contentOf(database), content);
});

test('a database with anything in it is refused, and stays as it is', async () => {
  await using database = await createDatabase(store);
  const backup = await verifyBackup(path);
  await restore(database, backup);
  await database.query("UPDATE datasets SET name = 'mine'");
  const mine = await contentOf(database);
  await assert.rejects(restore(database, backup), {
    name: 'BackupError',
    message: /^the database is not empty \(1 rows in "api_keys", .*5 rows in "datasets", .*\): restore into a new one$/,
  });
  assert.deepEqual(await contentOf(database), mine);
});

test('a database that is beyond the backup is refused', async () => {
  const file = await rewritten('early.backup', (entries) =>
    manifestWith({ migrations: JSON.parse(entries[0].content.toString()).migrations.slice(0, 1) })(entries),
  );
  await using database = await createDatabase(store);
  await restore(database, await verifyBackup(path));
  await assert.rejects(restore(database, await verifyBackup(file)), {
    name: 'BackupError',
    message: /^the database has the migration \S+, which is newer than .*early\.backup: restore into a new database/,
  });
});

test('a table that its version does not have is refused', async () => {
  const tables = [{ name: 'users', columns: ['id'] }];
  const file = await rewritten('users.backup', (entries) =>
    manifestWith({ tables })(entries.filter(({ name }) => !name.startsWith('tables/'))).map((entry) =>
      entry.name === 'checksums.json' ? { ...entry, content: checksumOfNothing } : entry,
    ),
  );
  await using database = await createDatabase(store);
  await assert.rejects(restore(database, await verifyBackup(file)), /has the table users \(id\), which is not one of/);
});

const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const checksumOfNothing = Buffer.from(JSON.stringify({ users: { rows: 0, bytes: 0, sha256: emptySha256 } }));

test('an empty database has nothing to back up, and one of a newer version is refused', async () => {
  await using database = await createDatabase(store);
  const file = join(directory.path, 'none.backup');
  const attempt = () => writeWhole(file, (sink) => backUp(database, sink));
  await assert.rejects(attempt(), /the database has no tables: there is nothing to back up/);
  await restore(database, await verifyBackup(path));
  await database.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('1', '0', 'later', now())`,
  );
  await assert.rejects(attempt(), /the database has the migration later, which this version does not know/);
  assert.ok(!(await readdir(directory.path)).some((name) => name.startsWith('none.backup')));
});
