import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { conditionalModel, queuedModel, readyModel, startTestApp, type TestApp, uploadCsv } from '../support/app.ts';
import { untilTaken } from '../support/service.ts';

const nobodys = '01930000-0000-7000-8000-000000000000';
let service: TestApp;
before(async () => {
  service = await startTestApp({ limits: { maxJobRows: 1000, maxCells: 1500, maxJobs: 3 } });
});
after(() => service[Symbol.asyncDispose]());

async function ask(modelId: string, body: object, headers: Record<string, string> = {}) {
  const post = () => service.request.post(`/v1/models/${modelId}/jobs`);
  return untilTaken(async () => post().set(headers).send(body));
}

/** Leaves no job of an earlier test to be counted. */
async function cancelAll(): Promise<void> {
  const { bulkJobs } = service.store.for({ owner: 'local' });
  for (const { id, status } of (await bulkJobs.list({ limit: 100 })).items)
    if (status === 'queued') await bulkJobs.cancel(id, service.queue.bulk.dequeue);
}

test('a job is queued with its parts, looked at, cancelled and removed', async () => {
  const model = await readyModel(service);
  const created = await ask(model, { kind: 'sample', n: 700, seed: 3 });
  assert.equal(created.status, 202, created.text);
  const { id, createdAt, ...rest } = created.body;
  assert.equal(created.headers['location'], `/v1/jobs/${id}`);
  assert.deepEqual(rest, {
    ...{ kind: 'sample', name: 'sample of normal', status: 'queued', modelId: model },
    ...{ datasetId: null, outputDatasetId: null, outputUrl: null, priority: 0 },
    options: { seed: 3, temperature: 1, context: {}, format: 'json' },
    progress: { parts: 1, partsDone: 0, rows: 700, rowsDone: 0 },
  });
  assert.deepEqual(await service.queue.bulk.stats(), { waiting: 1, active: 0 });
  assert.deepEqual((await service.request.get(`/v1/jobs/${id}`)).body, created.body);
  assert.deepEqual((await service.request.get('/v1/jobs?limit=1')).body, { items: [created.body], nextCursor: null });
  const running = await service.request.delete(`/v1/jobs/${id}`);
  assert.deepEqual([running.status, running.body.code], [409, 'job-running']);
  assert.match(running.body.detail, /is queued: cancel it first\.$/);
  const inUse = await service.request.delete(`/v1/models/${model}`);
  assert.deepEqual([inUse.status, inUse.body.code], [409, 'model-in-use']);
  const cancelled = await service.request.post(`/v1/jobs/${id}/cancel`);
  assert.deepEqual([cancelled.status, cancelled.body.status], [202, 'cancelled']);
  assert.ok(cancelled.body.finishedAt > createdAt);
  assert.deepEqual(await service.queue.bulk.stats(), { waiting: 0, active: 0 });
  assert.equal((await service.request.delete(`/v1/models/${model}`)).status, 204);
  assert.equal((await service.request.get(`/v1/jobs/${id}`)).body.modelId, null);
  assert.equal((await service.request.delete(`/v1/jobs/${id}`)).status, 204);
  assert.equal((await service.request.get(`/v1/jobs/${id}`)).body.code, 'job-not-found');
  const { items } = await service.store.audit.list({ limit: 10, subjectId: id });
  assert.deepEqual(
    items.map(({ action, details }) => [action, details?.['name']]),
    ['job.deleted', 'job.cancelled', 'job.created'].map((action) => [action, 'sample of normal']),
  );
});

test('a dataset that a job reads stays', async () => {
  const datasetId = await uploadCsv(service);
  const { body } = await ask(await readyModel(service), {
    kind: 'anomalies',
    datasetId,
    name: 'odd ones',
    format: 'csv',
  });
  assert.deepEqual([body.name, body.datasetId, body.options], ['odd ones', datasetId, { alpha: 0.01, format: 'csv' }]);
  assert.equal(body.progress.rows, 30);
  const { status, body: problem } = await service.request.delete(`/v1/datasets/${datasetId}`);
  assert.deepEqual([status, problem.code], [409, 'dataset-in-use']);
  assert.equal(problem.detail, `The job ${body.id} on the dataset ${datasetId} is queued.`);
  await cancelAll();
  assert.equal((await service.request.delete(`/v1/datasets/${datasetId}`)).status, 204);
});

test('what cannot be done is refused, and nothing is queued', async () => {
  const model = await readyModel(service);
  const datasetId = await uploadCsv(service);
  const others = await uploadCsv(service, `x,z\n${'1,2\n3,4\n'.repeat(10)}`);
  const many = await uploadCsv(service, `x\n${'1\n2\n'.repeat(501)}`);
  const given = await conditionalModel(service);
  const refusals: [string, object, number, string, RegExp][] = [
    [model, { kind: 'guess' }, 400, 'invalid-request', /one of log-prob, anomalies, sample; got "guess"/],
    [
      model,
      { kind: 'sample', n: 5, format: 'xml' },
      400,
      'invalid-request',
      /one of json, csv, ndjson, parquet; got "xml"/,
    ],
    [model, { kind: 'sample', m: 1 }, 400, 'invalid-request', /Unknown key "m"/],
    [model, { kind: 'sample' }, 422, 'option-missing', /^\/n: /],
    [model, { kind: 'log-prob' }, 422, 'option-missing', /^\/datasetId: /],
    [model, { kind: 'sample', n: 5, datasetId }, 422, 'unknown-option', /takes n, seed, temperature, context only/],
    [model, { kind: 'log-prob', datasetId, alpha: 0.1 }, 422, 'unknown-option', /^\/alpha: /],
    [model, { kind: 'sample', n: 1001 }, 422, 'too-many-rows', /MAX_JOB_ROWS=1000, got 1001/],
    [model, { kind: 'sample', n: 751 }, 422, 'too-many-cells', /751 rows of 2 columns .* MAX_CELLS=1500/],
    [model, { kind: 'log-prob', datasetId: many }, 422, 'too-many-rows', /has 1002 rows, more than MAX_JOB_ROWS=1000/],
    [model, { kind: 'log-prob', datasetId: others }, 422, 'column-names', /has no column "y"/],
    [model, { kind: 'log-prob', datasetId: nobodys }, 404, 'dataset-not-found', /no dataset/i],
    [nobodys, { kind: 'sample', n: 5 }, 404, 'model-not-found', /no model/i],
    [(await queuedModel(service)).id, { kind: 'sample', n: 5 }, 409, 'model-not-ready', /is queued, not ready/],
    [given, { kind: 'sample', n: 5 }, 422, 'context-mismatch', /^\/context\/y: /],
  ];
  for (const [id, body, status, code, detail] of refusals) {
    const answer = await ask(id, body);
    assert.deepEqual([answer.status, answer.body.code], [status, code], `${JSON.stringify(body)}: ${answer.text}`);
    assert.match(answer.body.detail, detail);
  }
  const { body } = await ask(given, { kind: 'sample', n: 5, context: { y: 2 } });
  assert.deepEqual(body.options, { seed: 0, temperature: 1, context: { y: 2 }, format: 'json' });
  assert.deepEqual(await service.queue.bulk.stats(), { waiting: 1, active: 0 });
  await cancelAll();
});

test('an owner has as many jobs at once as the limit allows', async () => {
  const model = await readyModel(service);
  const job = { kind: 'sample', n: 5 };
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => ask(model, job)));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [202, 202, 202, 429, 429]);
  const refused = answers.find(({ status }) => status === 429);
  assert.equal(refused?.body.code, 'too-many-jobs');
  assert.match(refused?.body.detail, /^3 jobs are queued or running, as many as MAX_JOBS=3 allows/);
  await cancelAll();
  assert.equal((await ask(model, job)).status, 202);
  await cancelAll();
});

test('requests with one Idempotency-Key make one job', async () => {
  const model = await readyModel(service);
  const headers = { 'idempotency-key': 'of a job' };
  const first = await ask(model, { kind: 'sample', n: 5 }, headers);
  const again = await ask(model, { kind: 'sample', n: 5 }, headers);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  assert.deepEqual([again.status, again.text], [202, first.text]);
  assert.equal((await ask(model, { kind: 'sample', n: 6 }, headers)).status, 422);
  assert.deepEqual(await service.queue.bulk.stats(), { waiting: 1, active: 0 });
  await cancelAll();
});

describe('the metrics', () => {
  test('count jobs and the parts in the queue', async () => {
    assert.equal((await ask(await readyModel(service), { kind: 'sample', n: 5 })).status, 202);
    const { text } = await untilTaken(async () => service.request.get('/metrics'));
    for (const line of [
      'pushforward_bulk_jobs{status="queued"} 1',
      'pushforward_bulk_jobs{status="running"} 0',
      'pushforward_bulk_parts{state="waiting"} 1',
      'pushforward_bulk_parts{state="active"} 0',
    ])
      assert.ok(text.includes(`${line}\n`), line);
    await cancelAll();
  });
});
