/**
 * Records what a version of the service has stored and how it answers, for the test of upgrades: `node
 * test/support/record-version.ts [CHECKOUT]`. Writes test/fixtures/migrations/<the checkout's newest migration>.{sql,json}.
 */
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { escapeIdentifier, escapeLiteral, type Pool } from 'pg';
import { keptTables } from '../../src/store/backup/tables.ts';
import { openDatabase } from '../../src/store/maintenance.ts';
import { silent, temporaryDirectory } from './postgres.ts';
import { call, postJson, startProcess, untilTaken, waitFor } from './service.ts';

const root = join(import.meta.dirname, '../..');
const checkout = resolve(process.argv[2] ?? root);
const migrations = (await readdir(join(checkout, 'prisma/migrations'))).filter((name) => /^\d/.test(name)).sort();
const newest = migrations.at(-1) ?? assert.fail(`no migrations in ${checkout}`);

/** Versions before missing cells were modelled take tables of numbers only. */
const kinds = migrations.includes('20261128000000_missing_cells');
const csv = [
  kinds ? 'height,period,month,sea' : 'height,period,month',
  ...Array.from({ length: 120 }, (_, row) => {
    const month = (row % 12) + 1;
    const height = kinds && row % 17 === 5 ? '' : (2 + Math.sin(month) + ((row * 37) % 101) / 101).toFixed(3);
    const period = (7 + ((row * 53) % 97) / 20 + month / 4).toFixed(2);
    return [height, period, month, ...(kinds ? [['north', 'baltic', 'ocean'][row % 3]] : [])].join(',');
  }),
].join('\n');
const probe = kinds
  ? [
      [2.5, 9, 'north', 3],
      [null, 12.5, 'ocean', 12],
      [9, 9, 'baltic', 1],
    ]
  : [
      [2.5, 9, 3],
      [1.25, 12.5, 12],
      [9, 9, 1],
    ];

await using data = await temporaryDirectory();
const answers = await record(data.path);
await using database = await openDatabase({
  databaseUrl: undefined,
  dataDirectory: data.path,
  beside: 'no service',
  log: silent,
});
const file = join(root, 'test/fixtures/migrations', newest);
await writeFile(`${file}.sql`, await inserts(database.pool));
await writeFile(`${file}.json`, `${JSON.stringify(answers, null, 2)}\n`);
console.log(`Recorded ${newest} of ${checkout}`);

/** Has a model in each state, and stops the service with one in training and one in the queue. */
async function record(dataDirectory: string) {
  await using service = await startProcess({ DATA_DIR: dataDirectory, TRAINING_THREADS: '1' }, checkout);
  const { url } = service;
  const dataset = await untilTaken(() =>
    call(`${url}/v1/datasets?name=waves`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv', 'idempotency-key': '"8e03978e-40d5-43e8-bc93-6894a57f9324"' },
      body: csv,
    }),
  );
  assert.equal(dataset.status, 201, JSON.stringify(dataset.body));
  const datasetId: string = dataset.body.id;
  const ask = async (name: string, training: object, more: object = {}): Promise<string> => {
    const columns = kinds ? ['height', 'period', 'sea'] : ['height', 'period'];
    const flow = { layers: [{ type: 'actnorm', hidden: [4] }] };
    const body = { name, datasetId, columns, context: ['month'], flow, training, seed: 7, ...more };
    const model = await untilTaken(() => postJson(`${url}/v1/models`, body));
    assert.equal(model.status, 202, JSON.stringify(model.body));
    return model.body.id;
  };
  const ready = await ask('ready', { steps: 200 });
  const model = await waitFor(url, ready, ['ready', 'failed']);
  assert.equal(model.status, 'ready', JSON.stringify(model));
  const shadows = migrations.includes('20261205000000_alias_shadows');
  const candidate = shadows ? await ask('candidate', { steps: 50 }) : undefined;
  if (candidate) await waitFor(url, candidate, ['ready']);
  const hasJobs = migrations.includes('20261202000000_bulk_jobs');
  const job = hasJobs ? await drawn(url, ready) : undefined;
  const sweep = migrations.includes('20261207000000_sweeps') ? await swept(url, datasetId) : undefined;
  const endless = { steps: 1_000_000, patience: 1_000_000, budgetSeconds: 8 };
  const cancelled = await ask('cancelled', endless);
  await call(`${url}/v1/models/${cancelled}/cancel`, { method: 'POST' });
  await waitFor(url, cancelled, ['cancelled']);
  const training = await ask('training', endless);
  await waitFor(url, training, ['training']);
  const queued = await ask('queued', { steps: 50 });
  const get = async (path: string) => (await untilTaken(() => call(`${url}${path}`))).body;
  const post = async (path: string, body: object) => {
    const answer = await untilTaken(() => postJson(`${url}${path}`, body));
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  await untilCheckpoint(dataDirectory);
  const recorded = {
    ids: {
      dataset: datasetId,
      ready,
      cancelled,
      training,
      queued,
      ...(candidate && { candidate }),
      ...(job && { job: job.id, drawn: job.outputDatasetId }),
    },
    dataset: await get(`/v1/datasets/${datasetId}`),
    rows: await get(`/v1/datasets/${datasetId}/rows?limit=20`),
    ready: await get(`/v1/models/${ready}`),
    cancelled: await get(`/v1/models/${cancelled}`),
    probe,
    logProb: (await post(`/v1/models/${ready}/log-prob`, { rows: probe })).logProb,
    ...(sweep && { sweep }),
    sample: await post(`/v1/models/${ready}/sample`, { n: 3, seed: 5, context: { month: 4 } }),
  };
  if (migrations.includes('20261204000000_aliases')) {
    const headers = { 'content-type': 'application/json' };
    const put = async (path: string, modelId: string) => {
      const options = { method: 'PUT', headers, body: JSON.stringify({ modelId }) };
      const answer = await untilTaken(() => call(`${url}/v1/aliases/${path}`, options));
      assert.ok(answer.status < 300, JSON.stringify(answer.body));
    };
    await put('production', ready);
    if (candidate) await put('production/shadow', candidate);
  }
  // Where there are keys, one; from then on requests need it.
  const key = await postJson(`${url}/v1/keys`, { owner: 'ann', name: 'laptop', scopes: ['read'] });
  const hasKeys = migrations.includes('20261130000000_keys_and_owners');
  assert.equal(key.status, hasKeys ? 201 : 404, JSON.stringify(key.body));
  // As if its machine had lost power: nothing is tidied up.
  assert.equal(await service.stop('SIGKILL'), 'SIGKILL');
  return recorded;
}

/** A bulk job that is ready. */
async function drawn(url: string, model: string) {
  const asked = { kind: 'sample', n: 5, seed: 5, context: { month: 4 } };
  const { status, body } = await untilTaken(() => postJson(`${url}/v1/models/${model}/jobs`, asked));
  assert.equal(status, 202, JSON.stringify(body));
  for (;;) {
    const job = (await call(`${url}/v1/jobs/${body.id}`)).body;
    if (job.status === 'ready') return job;
    assert.notEqual(job.status, 'failed', JSON.stringify(job));
    await setTimeout(100);
  }
}

/** A sweep of two trials, which has ended. */
async function swept(url: string, datasetId: string) {
  const flow = { layers: [{ type: 'actnorm' }] };
  const asked = { datasetId, columns: ['height', 'period'], flows: [{ flow }], seeds: [0, 1], training: { steps: 50 } };
  const { status, body } = await untilTaken(() => postJson(`${url}/v1/sweeps`, asked));
  assert.equal(status, 202, JSON.stringify(body));
  for (const { modelId } of body.trials) await waitFor(url, modelId, ['ready']);
  return (await untilTaken(() => call(`${url}/v1/sweeps/${body.id}`))).body;
}

/** Waits until the model in training has left a checkpoint, where this version leaves any. */
async function untilCheckpoint(dataDirectory: string): Promise<void> {
  const options = { databaseUrl: undefined, dataDirectory, beside: 'running service', log: silent } as const;
  await using running = await openDatabase(options);
  const { rows } = await running.pool.query("SELECT to_regclass('model_checkpoints') IS NULL AS never");
  if (rows[0].never) return;
  while ((await running.pool.query('SELECT 1 FROM model_checkpoints')).rowCount === 0) await setTimeout(100);
}

/** Everything in the database, less the log of migrations and the queue, as SQL. */
async function inserts(pool: Pool): Promise<string> {
  const client = await pool.connect();
  try {
    const lines: string[] = [];
    for (const { name, columns } of await keptTables(client)) {
      const names = columns.map((column) => escapeIdentifier(column));
      const { rows } = await client.query<{ values: (string | null)[] }>(
        `SELECT ARRAY[${names.map((column) => `${column}::text`)}] AS values FROM ${escapeIdentifier(name)}`,
      );
      for (const { values } of rows) {
        const literals = values.map((value) => (value === null ? 'NULL' : escapeLiteral(value)));
        lines.push(`INSERT INTO ${escapeIdentifier(name)} (${names.join(', ')})\n  VALUES (${literals.join(', ')});`);
      }
    }
    return `${lines.join('\n')}\n`;
  } finally {
    client.release();
  }
}
