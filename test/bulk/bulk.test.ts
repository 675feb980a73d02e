import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { type Queue, startQueue } from '../../src/queue/queue.ts';
import type { BulkJob } from '../../src/store/bulk-job.ts';
import type { Store } from '../../src/store/store.ts';
import { createBulkJob, digestOf, untilJob, untilReady } from '../support/bulk.ts';
import { assertClose } from '../support/close.ts';
import {
  silent,
  startTestStore,
  type TemporaryDirectory,
  type TestStore,
  temporaryDirectory,
} from '../support/postgres.ts';
import { call, postJson, type ServiceProcess, startProcess, untilTaken, waitFor } from '../support/service.ts';

// An API and workers as processes of their own on one database, whose jobs are put into the queue from here.

const random = new RandomStream(11, 'noise');
const rowCount = 2500;

/** Some rows that a model cannot score among those that it can. */
function line(row: number): string {
  const x = random.normal();
  if (row % 500 === 7) return `${x},,blue,note ${row}`;
  if (row % 500 === 8) return `${x},${x},violet,note ${row}`;
  return `${x},${x + 0.3 * random.normal()},${random.uniform() < 0.4 ? 'red' : 'blue'},note ${row}`;
}

const training = [
  'x,y,colour',
  ...Array.from({ length: 480 }, (_, row) =>
    line(row + 9)
      .split(',')
      .slice(0, 3)
      .join(),
  ),
];
const scored = ['x,y,colour,note', ...Array.from({ length: rowCount }, (_, row) => line(row))].join('\n');

let data: TemporaryDirectory;
let testStore: TestStore;
let store: Store;
let queue: Queue;
let api: ServiceProcess;
let modelId: string;
let datasetId: string;

const worker = () =>
  startProcess({ DATA_DIR: data.path, DATABASE_URL: store.databaseUrl, ROLE: 'worker', INFERENCE_THREADS: '1' });

async function upload(csv: string): Promise<string> {
  const columns = JSON.stringify([{ name: 'colour', kind: 'categorical' }]);
  const { status, body } = await untilTaken(() =>
    call(`${api.url}/v1/datasets?name=points&columns=${encodeURIComponent(columns)}`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: csv,
    }),
  );
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
}

before(async () => {
  data = await temporaryDirectory();
  testStore = await startTestStore();
  store = testStore.store;
  queue = await startQueue(store, silent);
  api = await startProcess({ DATA_DIR: data.path, DATABASE_URL: store.databaseUrl, ROLE: 'api' });
  datasetId = await upload(scored);
  const asked = {
    datasetId: await upload(training.join('\n')),
    flow: 'real-nvp',
    missing: 'reject',
    training: { steps: 300 },
  };
  const { status, body } = await untilTaken(() => postJson(`${api.url}/v1/models`, asked));
  assert.equal(status, 202, JSON.stringify(body));
  modelId = body.id;
  await using trainer = await worker();
  const model = await waitFor(api.url, modelId, ['ready', 'failed']);
  assert.equal(model.status, 'ready', JSON.stringify(model.error));
  assert.equal(await trainer.stop('SIGTERM'), 0);
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await queue.stop();
  await testStore[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
});

const scoring = (kind: 'log-prob' | 'anomalies', options = {}) =>
  createBulkJob({ store, queue }, { kind, options, modelId, rows: { datasetId }, partRows: 300 });
const drawing = () =>
  createBulkJob(
    { store, queue },
    {
      kind: 'sample',
      options: { seed: 5, temperature: 1, context: {} },
      modelId,
      rows: { count: 2000 },
      partRows: 256,
    },
  );

async function text(path: string, options: RequestInit = {}): Promise<string> {
  const response = await fetch(`${api.url}/v1/${path}`, options);
  assert.equal(response.status, 200, `${path}: ${api.log.filter((entry) => entry.includes('request failed'))}`);
  return response.text();
}

const output = ({ outputId }: BulkJob, format = 'csv') => text(`datasets/${outputId}/rows?format=${format}`);

const csvTable = (csv: string) =>
  csv
    .trimEnd()
    .split('\n')
    .map((row) => row.split(','));

/** The same numbers, but for the last digits, and the same other cells. */
function assertSameTable(actual: string, expected: string): void {
  const [found, wanted] = [actual, expected].map(csvTable);
  assert.equal(found.length, wanted.length);
  const isNumber = (cell: string) => cell !== '' && Number.isFinite(Number(cell));
  const others = (rows: string[][]) => rows.map((row) => row.map((cell) => (isNumber(cell) ? 'number' : cell)));
  assert.deepEqual(others(found), others(wanted));
  const numbers = (rows: string[][]) => rows.flatMap((row) => row.filter(isNumber).map(Number));
  assertClose(numbers(found), numbers(wanted), 1e-5, 'cells');
}

describe('a job, done by one worker,', () => {
  let alone: ServiceProcess;
  before(async () => {
    alone = await worker();
  });
  after(() => alone[Symbol.asyncDispose]());

  // A route that scores knows no other columns than those of the model's table.
  const asCsv = (rows: string) => rows.replaceAll(/,note.*$/gm, '');

  test('has the log-densities of POST /log-prob, in the order of the rows', async () => {
    const job = await untilReady(store, (await scoring('log-prob')).id);
    const answer = await text(`models/${modelId}/log-prob?format=csv`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: asCsv(scored),
    });
    assertSameTable(await output(job), answer);
    assert.deepEqual([job.partCount, job.partsDone, job.rowsDone], [9, 9, rowCount]);
    const { body } = await call(`${api.url}/v1/datasets/${job.outputId}`);
    const [{ name, kind, missingCount, summary }] = body.columns;
    assert.deepEqual([name, kind, missingCount, body.rowCount], ['logProb', 'continuous', 10, rowCount]);
    assert.ok(summary.min < summary.mean && summary.mean < summary.max);
  });

  test('has the judgements of POST /anomalies', async () => {
    const job = await untilReady(store, (await scoring('anomalies', { alpha: 0.05 })).id);
    const answer = await text(`models/${modelId}/anomalies?alpha=0.05&format=csv`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: asCsv(scored),
    });
    assertSameTable(await output(job), answer);
    const { body } = await call(`${api.url}/v1/datasets/${job.outputId}`);
    assert.deepEqual(
      body.columns.map(({ name, kind, missingCount }: Record<string, unknown>) => [name, kind, missingCount]),
      [
        ['logProb', 'continuous', 10],
        ['pValue', 'continuous', 5],
        ['anomaly', 'boolean', 5],
      ],
    );
  });

  test('has the very rows of GET /sample', async () => {
    const job = await untilReady(store, (await drawing()).id);
    for (const format of ['csv', 'json'])
      assert.equal(await output(job, format), await text(`models/${modelId}/sample?n=2000&seed=5&format=${format}`));
    const { body } = await call(`${api.url}/v1/datasets/${job.outputId}`);
    assert.deepEqual(
      body.columns.map(({ name, kind }: Record<string, unknown>) => [name, kind]),
      [
        ['x', 'continuous'],
        ['y', 'continuous'],
        ['colour', 'categorical'],
      ],
    );
  });

  test('says where its rows are in the format that was asked for, and as JSON where none was', async () => {
    const ask = (body: object) => untilTaken(() => postJson(`${api.url}/v1/models/${modelId}/jobs`, body));
    const { body: queued } = await ask({ kind: 'sample', n: 30, seed: 5, format: 'csv' });
    assert.equal(queued.outputUrl, null);
    await untilReady(store, queued.id);
    const { outputUrl } = (await call(`${api.url}/v1/jobs/${queued.id}`)).body;
    const answer = await fetch(new URL(outputUrl, api.url));
    assert.match(answer.headers.get('content-type') ?? '', /^text\/csv/);
    assert.equal(await answer.text(), await text(`models/${modelId}/sample?n=30&seed=5&format=csv`));
    const { id, outputId } = await untilReady(store, (await drawing()).id);
    const { body: ready } = await call(`${api.url}/v1/jobs/${id}`);
    assert.equal(ready.outputUrl, `/v1/datasets/${outputId}/rows?format=json`);
  });

  test('may have rows none of which can be scored', async () => {
    const nothing = await upload(`x,y,colour\n${'1,,red\n'.repeat(20)}${'1,2,violet\n'.repeat(20)}`);
    const rows = { datasetId: nothing };
    const { id } = await createBulkJob({ store, queue }, { kind: 'log-prob', modelId, rows, partRows: 30 });
    const job = await untilReady(store, id);
    assert.equal(await output(job), `logProb\n${'""\n'.repeat(40)}`);
  });

  test('is failed by a part that breaks off each time, and says which and why', async () => {
    const broken = await upload(scored);
    await store.prisma.$executeRaw`UPDATE dataset_parts SET bytes = 'no table' WHERE dataset_id = ${broken}::uuid`;
    const rows = { datasetId: broken };
    const { id } = await createBulkJob({ store, queue }, { kind: 'log-prob', modelId, rows, partRows: 2000 });
    const job = await untilJob(store, id, ({ status }) => status === 'failed');
    assert.equal(job.error?.code, 'attempts-exhausted');
    assert.match(
      job.error?.message ?? '',
      /^every attempt at part [01], rows \d+ to \d+, 5 in all, broke off: the log of the worker has the reason/,
    );
    assert.ok(alone.log.some((entry) => entry.includes(id) && entry.includes('broke off')));
    assert.equal(job.outputId, null);
  });
});

async function outputs(jobs: readonly BulkJob[]): Promise<string[]> {
  const digests: string[] = [];
  for (const { id } of jobs) digests.push(await digestOf(store, (await untilReady(store, id)).outputId));
  return digests;
}

/** Parts with which a process waits to keep what it has made, be it that it was killed meanwhile. */
async function partsBegun(): Promise<number> {
  const [{ count }] = await store.prisma.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND query LIKE '%bulk_jobs%FOR NO KEY UPDATE%'`;
  return count;
}

test('three workers make the same bytes as one, and so do workers that are killed; no part is done twice', async () => {
  const create = async () => [await scoring('log-prob'), await scoring('anomalies', { alpha: 0.05 }), await drawing()];
  const ofOne = await create();
  const one = await worker();
  const expected = await outputs(ofOne);
  assert.equal(await one.stop('SIGTERM'), 0);

  const ofThree = await create();
  const three = await Promise.all([worker(), worker(), worker()]);
  assert.deepEqual(await outputs(ofThree), expected);
  for (const each of three) assert.equal(await each.stop('SIGTERM'), 0);

  const ofKilled = await create();
  const client = new pg.Client({ connectionString: store.databaseUrl });
  await client.connect();
  // While this is held no part can be kept: a worker comes to the end of one, and stays there.
  await client.query("UPDATE bulk_jobs SET status = 'running', started_at = now() WHERE status = 'queued'");
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM bulk_jobs FOR UPDATE');
  for (const waiting of [1, 2]) {
    const victim = await worker();
    while ((await partsBegun()) < waiting) await sleep(20);
    await victim.stop('SIGKILL');
  }
  await client.query('ROLLBACK');
  await using last = await worker();
  assert.deepEqual(await outputs(ofKilled), expected);
  const ids = ofKilled.map(({ id }) => id);
  const { rows } = await client.query<{ attempts: number; parts: number; done: number; rows: number }>(
    `SELECT sum(attempt)::int AS attempts, count(*)::int AS parts, count(finished_at)::int AS done,
       sum(row_count)::int AS rows FROM bulk_parts WHERE job_id = ANY($1)`,
    [ids],
  );
  const [{ attempts, parts, done }] = rows;
  assert.deepEqual([done, rows[0].rows], [parts, 2 * rowCount + 2000]);
  assert.ok(attempts >= parts + 2, `${attempts} attempts at ${parts} parts`);
  for (const { id, partCount } of ofKilled) assert.equal((await store.bulkJobs.get(id)).partsDone, partCount);
  await client.end();
  assert.equal(await last.stop('SIGTERM'), 0);
});

test('a job that is cancelled leaves no dataset and nothing in the queue', async () => {
  await using only = await worker();
  const { id } = await createBulkJob(
    { store, queue },
    {
      kind: 'sample',
      options: { seed: 1, temperature: 1, context: {} },
      modelId,
      rows: { count: 256 * 300 },
      partRows: 256,
    },
  );
  await untilJob(store, id, ({ partsDone }) => partsDone > 2);
  const inUse = await call(`${api.url}/v1/models/${modelId}`, { method: 'DELETE' });
  assert.deepEqual([inUse.status, inUse.body.code], [409, 'model-in-use']);
  const known = (await store.datasets.list({ limit: 200 })).items.length;
  const { status, body } = await call(`${api.url}/v1/jobs/${id}/cancel`, { method: 'POST' });
  assert.deepEqual([status, body.status], [202, 'cancelled']);
  while ((await queue.bulk.stats()).active > 0) await sleep(20);
  assert.deepEqual(await queue.bulk.stats(), { waiting: 0, active: 0 });
  assert.equal((await store.datasets.list({ limit: 200 })).items.length, known);
  assert.equal(await store.prisma.bulkPart.count({ where: { jobId: id, bytes: { not: null } } }), 0);
  assert.equal((await store.bulkJobs.get(id)).status, 'cancelled');
  const again = await call(`${api.url}/v1/jobs/${id}/cancel`, { method: 'POST' });
  assert.deepEqual([again.status, again.body.code], [409, 'job-ended']);
  assert.equal(await only.stop('SIGTERM'), 0);
});
