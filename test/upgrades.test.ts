import assert from 'node:assert/strict';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Pool } from 'pg';
import { enqueueUnended } from '../src/queue/queue.ts';
import { backUp } from '../src/store/backup/backup.ts';
import { writeWhole } from '../src/store/backup/file.ts';
import { restoreBackup, verifyBackup } from '../src/store/backup/restore.ts';
import { migrate } from '../src/store/migrations.ts';
import { assertClose } from './support/close.ts';
import {
  contentOf,
  createDatabase,
  silent,
  startTestStore,
  type TestStore,
  temporaryDirectory,
} from './support/postgres.ts';
import { call, postJson, startProcess, untilTaken, waitFor } from './support/service.ts';

// Whatever an earlier version has stored has to come through every upgrade, in place or by a backup. Of each migration
// there is a record of a service that had it as its newest, made by test/support/record-version.ts: its database when it
// was killed, and its answers before.

const migrationsDirectory = join(import.meta.dirname, '../prisma/migrations');
const fixtures = join(import.meta.dirname, 'fixtures/migrations');
const names = (await readdir(migrationsDirectory)).filter((name) => /^\d/.test(name)).sort();

const operatorKey = 'the-operators-key-in-this-test';
const asOperator = { authorization: `Bearer ${operatorKey}` };

/** What these were made without, as it came in later than its date says. */
const lacked = new Map([
  ['20261203000000_rate_counts', '20261202000000_bulk_jobs'],
  ['20261204000000_aliases', '20261202000000_bulk_jobs'],
]);

/** Until this one models kept no scores to calibrate by. */
const calibrated = '20261128000000_missing_cells';

let testStore: TestStore;
before(async () => {
  testStore = await startTestStore();
});
after(() => testStore[Symbol.asyncDispose]());

/** Makes the database what the version was killed with. */
async function loadVersion(pool: Pool, newest: string): Promise<void> {
  await using directory = await temporaryDirectory();
  for (const name of names.slice(0, names.indexOf(newest) + 1).filter((each) => each !== lacked.get(newest)))
    await cp(join(migrationsDirectory, name), join(directory.path, name), { recursive: true });
  await migrate(pool, directory.path);
  await pool.query(await readFile(join(fixtures, `${newest}.sql`), 'utf8'));
}

for (const newest of names)
  test(`a database whose newest migration is ${newest}, and a backup of it, come up to this version`, async () => {
    const recorded = JSON.parse(await readFile(join(fixtures, `${newest}.json`), 'utf8'));
    await using upgraded = await createDatabase(testStore.store);
    await loadVersion(upgraded, newest);
    for (const [table, rows] of Object.entries(await contentOf(upgraded)))
      assert.ok(rows.length > 0, `the record has no row in ${table}`);

    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'old.backup');
    await writeWhole(file, (sink) => backUp(upgraded, sink));
    await migrate(upgraded);
    await using restored = await createDatabase(testStore.store);
    await restoreBackup(restored, await verifyBackup(file), async (client) => {
      assert.equal(await enqueueUnended(client, restored.url, silent), 2);
    });
    assert.deepEqual(await contentOf(restored), await contentOf(upgraded));

    // Since there were keys, requests need one; the operator's can come with the start.
    const environment = {
      ...{ DATA_DIR: directory.path, DATABASE_URL: restored.url, TRAINING_THREADS: '1' },
      API_KEYS: operatorKey,
    };
    await using service = await startProcess(environment);
    await assertSameAnswers(service.url, recorded, names.indexOf(newest) >= names.indexOf(calibrated));
    // What was in training or in the queue goes on.
    for (const id of [recorded.ids.training, recorded.ids.queued]) {
      const model = await waitFor(service.url, id, ['ready', 'failed'], 60, asOperator);
      assert.equal(model.status, 'ready', JSON.stringify(model.error));
    }
    assert.equal(await service.stop('SIGTERM'), 0);
  });

// biome-ignore lint/suspicious/noExplicitAny: an answer whose parts the test compares
async function assertSameAnswers(url: string, recorded: any, isCalibrated: boolean): Promise<void> {
  const { ids, probe } = recorded;
  const get = async (path: string) => (await untilTaken(() => call(`${url}${path}`, { headers: asOperator }))).body;
  const post = (path: string, body: object) => untilTaken(() => postJson(`${url}${path}`, body, asOperator));

  const { items } = await get('/v1/datasets');
  assert.deepEqual(
    items.map(({ id }: { id: string }) => id),
    // What was made last comes first.
    [ids.drawn, ids.dataset].filter(Boolean),
  );
  const models = (await get('/v1/models')).items.map(({ id }: { id: string }) => id);
  const { dataset: _dataset, job: _job, drawn: _drawn, ...modelIds } = ids;
  const trials = (recorded.sweep?.trials ?? []).map(({ modelId }: { modelId: string }) => modelId);
  assert.deepEqual(models.toSorted(), [...Object.values(modelIds), ...trials].toSorted());

  assert.partialDeepStrictEqual(await get(`/v1/datasets/${ids.dataset}`), recorded.dataset);
  assert.deepEqual((await get(`/v1/datasets/${ids.dataset}/rows?limit=20`)).rows, recorded.rows.rows);
  assert.partialDeepStrictEqual(await get(`/v1/models/${ids.ready}`), recorded.ready);
  assert.partialDeepStrictEqual(await get(`/v1/models/${ids.cancelled}`), recorded.cancelled);

  const { body: scores } = await post(`/v1/models/${ids.ready}/log-prob`, { rows: probe });
  assertClose(scores.logProb, recorded.logProb, 1e-5, 'log-densities');
  const { body: sample } = await post(`/v1/models/${ids.ready}/sample`, { n: 3, seed: 5, context: { month: 4 } });
  assert.deepEqual(sample.columns, recorded.sample.columns);
  assert.deepEqual(sample.rows, recorded.sample.rows);
  if (ids.job) {
    assert.equal((await get(`/v1/jobs/${ids.job}`)).outputDatasetId, ids.drawn);
    const { rows } = await get(`/v1/datasets/${ids.drawn}/rows`);
    assert.deepEqual(rows.slice(0, 3), sample.rows);
  }
  if (recorded.sweep) assert.deepEqual(await get(`/v1/sweeps/${recorded.sweep.id}`), recorded.sweep);
  const anomalies = await post(`/v1/models/${ids.ready}/anomalies`, { rows: probe });
  assert.equal(anomalies.status, isCalibrated ? 200 : 409, JSON.stringify(anomalies.body));
  if (!isCalibrated) assert.match(anomalies.body.detail, /train it again\.$/);
}
