import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { trainingSchema } from '../../src/training/recipe.ts';
import { queuedModel, readyModel, startTestApp, type TestApp, trainingModel, uploadCsv } from '../support/app.ts';

let service: TestApp;
before(async () => {
  service = await startTestApp();
});
after(() => service[Symbol.asyncDispose]());

const absentId = '01930000-0000-7000-8000-000000000000';

const jobsFor = (modelId: string) =>
  service.store.prisma.$queryRaw<object[]>`SELECT 1 FROM pgboss.job WHERE data->>'modelId' = ${modelId}`;

test('a model is queued, with every default resolved and a job for it', async () => {
  const datasetId = await uploadCsv(service);
  const { body, headers } = await service.request.post('/v1/models').send({ datasetId, flow: 'maf' }).expect(202);
  assert.equal(headers['location'], `/v1/models/${body.id}`);
  assert.equal(body.status, 'queued');
  assert.equal(body.name, 'points');
  assert.deepEqual([body.columns, body.context, body.seed], [['x', 'y'], [], 0]);
  assert.ok(body.flow.layers.length > 0);
  assert.deepEqual(Object.keys(body.training).sort(), Object.keys(trainingSchema.properties).sort());
  assert.deepEqual([body.training.ensemble, body.race], [1, null]);
  assert.ok(body.parameterCount > 0);
  assert.deepEqual([body.progress, body.metrics], [null, null]);
  assert.ok(!('error' in body) && !('startedAt' in body) && !('attempt' in body));
  assert.equal((await jobsFor(body.id)).length, 1);
  assert.deepEqual((await service.request.get(`/v1/models/${body.id}`).expect(200)).body, body);
});

test('without a flow a race is planned that will decide it', async () => {
  const datasetId = await uploadCsv(service);
  const post = (flow?: string) => service.request.post('/v1/models').send({ datasetId, columns: ['y'], flow });
  const { body } = await post().expect(202);
  assert.deepEqual([body.flow, body.parameterCount, body.training.ensemble], ['auto', null, 4]);
  const { candidates: planned, ...rest } = body.race;
  assert.deepEqual(rest, { rounds: [], winners: [] });
  const resolved = await service.request.post('/v1/flows/resolve').send({ columns: 1, rows: 30 }).expect(200);
  assert.deepEqual(planned, resolved.body.candidates);
  const named = await post('auto').expect(202);
  assert.deepEqual([named.body.flow, named.body.race], ['auto', body.race]);
});

test('"anomaly" is a mixture of flows, trained with noise and enough rows to calibrate', async () => {
  const datasetId = await uploadCsv(service, undefined, 'to-watch');
  const { body } = await service.request.post('/v1/models').send({ datasetId, flow: 'anomaly' }).expect(202);
  assert.deepEqual([body.flow, body.parameterCount, body.training.ensemble], ['anomaly', null, 2]);
  assert.deepEqual(
    body.race.candidates.map(({ name }: { name: string }) => name),
    ['spline', 'spline-autoregressive'],
  );
  // Of 30 rows half are held out at most; Scott's bandwidth in two dimensions is 30^(-1/6).
  assert.deepEqual([body.training.testFraction, body.training.noise], [0.5, 30 ** (-1 / 6)]);
});

test('a model is made as asked', async () => {
  const datasetId = await uploadCsv(service, undefined, 'other');
  const flow = { layers: [{ repeat: 2, layers: [{ type: 'coupling', hidden: [8] }] }] };
  const asked = { datasetId, name: 'mine', columns: ['y', 'x'], flow, training: { steps: 7 }, seed: 2 ** 32 - 1 };
  const { body } = await service.request.post('/v1/models').send(asked).expect(202);
  assert.deepEqual([body.name, body.columns, body.seed], ['mine', ['y', 'x'], 2 ** 32 - 1]);
  assert.equal(body.training.steps, 7);
  assert.equal(body.flow.layers.length, 2);
});

const refusals = [
  {
    what: 'a column that the dataset lacks',
    body: { columns: ['x', 'z'] },
    status: 422,
    code: 'unknown-column',
    detail: 'The dataset has no column "z". Its columns are "x", "y", "gaps", "same".',
    errors: [{ path: '/columns/1', message: 'The dataset has no column "z".' }],
  },
  {
    what: 'a column with missing cells',
    body: { columns: ['x', 'gaps'], missing: 'reject' },
    status: 422,
    code: 'missing-cells',
    detail: 'Column "gaps" has 15 missing cells: say what becomes of them.',
    errors: [{ path: '/columns', message: 'Column "gaps" has 15 missing cells: say what becomes of them.' }],
  },
  {
    what: 'a constant column',
    body: { columns: ['same', 'x'] },
    status: 422,
    code: 'constant-column',
    detail: 'Column "same" has the same value in every row: leave it out.',
    errors: [{ path: '/columns', message: 'Column "same" has the same value in every row: leave it out.' }],
  },
  {
    what: 'an unknown context column',
    body: { columns: ['x'], context: ['z'] },
    status: 422,
    code: 'unknown-column',
    errors: [{ path: '/context/0', message: 'The dataset has no column "z".' }],
  },
  {
    what: 'a column that is modelled and context',
    body: { columns: ['x', 'y'], context: ['y'] },
    status: 422,
    code: 'column-twice',
    errors: [{ path: '/context', message: 'Column "y" cannot be modelled and context too.' }],
  },
  {
    what: 'nothing but context',
    body: { context: ['x', 'y', 'gaps', 'same'] },
    status: 422,
    code: 'no-columns',
    errors: [{ path: '/context', message: 'Every column is context: none is left to model.' }],
  },
  {
    what: 'an unknown preset',
    body: { columns: ['x', 'y'], flow: 'real-nvpp' },
    status: 422,
    code: 'invalid-flow',
    errors: [{ path: '/flow' }],
  },
  {
    what: 'a misspelt key in a layer',
    body: { columns: ['x', 'y'], flow: { layers: [{ type: 'coupling', hiden: [8] }] } },
    status: 422,
    code: 'invalid-flow',
    errors: [{ path: '/flow/layers/0/hiden' }],
  },
  {
    what: 'a misspelt key in the training',
    body: { training: { stpes: 5 } },
    status: 400,
    code: 'invalid-request',
    detail: 'body/training/stpes: Unknown key "stpes".',
    errors: [{ path: '/training/stpes', message: 'Unknown key "stpes".' }],
  },
  {
    what: 'an impossible training value',
    body: { training: { steps: 0 } },
    status: 400,
    code: 'invalid-request',
    detail: 'body/training/steps: The value must be >= 1; got 0.',
    errors: [{ path: '/training/steps', message: 'The value must be >= 1; got 0.' }],
  },
  {
    what: 'a misspelt key',
    body: { colums: ['x'] },
    status: 400,
    code: 'invalid-request',
    detail: 'body/colums: Unknown key "colums".',
    errors: [{ path: '/colums', message: 'Unknown key "colums".' }],
  },
  {
    what: 'a number as text',
    body: { seed: '1' },
    status: 400,
    code: 'invalid-request',
    detail: 'body/seed: The value must be integer; got "1".',
    errors: [{ path: '/seed', message: 'The value must be integer; got "1".' }],
  },
  {
    what: 'a seed beyond 32 bits',
    body: { seed: 2 ** 32 },
    status: 400,
    code: 'invalid-request',
    detail: 'body/seed: The value must be <= 4294967295; got 4294967296.',
    errors: [{ path: '/seed', message: 'The value must be <= 4294967295; got 4294967296.' }],
  },
  {
    what: 'another way with missing cells',
    body: { missing: 'guess' },
    status: 400,
    code: 'invalid-request',
    detail: 'body/missing: Expected one of reject, drop, impute, model; got "guess".',
    errors: [{ path: '/missing', message: 'Expected one of reject, drop, impute, model; got "guess".' }],
  },
];

test('what cannot be trained is refused, and no model is kept', async (context) => {
  const rows = Array.from({ length: 30 }, (_, row) => `${row},${row / 7},${row % 2 ? '' : row},5\n`);
  const datasetId = await uploadCsv(service, `x,y,gaps,same\n${rows.join('')}`);
  const before = await service.store.prisma.model.count();
  for (const { what, body, status, errors, ...expected } of refusals)
    await context.test(what, async () => {
      const response = await service.request.post('/v1/models').send({ datasetId, ...body });
      assert.equal(response.status, status, response.text);
      assert.partialDeepStrictEqual(response.body, { ...expected, status, errors });
    });
  assert.equal(await service.store.prisma.model.count(), before);
});

test('fewer than 20 rows are too few', async () => {
  const datasetId = await uploadCsv(service, `x\n${Array.from({ length: 19 }, (_, row) => `${row}\n`).join('')}`);
  const { body } = await service.request.post('/v1/models').send({ datasetId }).expect(422);
  assert.equal(body.code, 'too-few-rows');
  assert.equal(body.detail, 'The dataset has 19 rows; a model needs at least 20.');
});

test('a dataset is needed', async () => {
  const missing = await service.request.post('/v1/models').send({}).expect(400);
  assert.equal(missing.body.detail, 'body/datasetId: This key is missing.');
  const unknown = await service.request.post('/v1/models').send({ datasetId: absentId }).expect(404);
  assert.equal(unknown.body.code, 'dataset-not-found');
});

test('a body that is not JSON, or is none', async () => {
  const broken = await service.request.post('/v1/models').type('application/json').send('{"datasetId":').expect(400);
  assert.equal(broken.body.code, 'invalid-json');
  assert.match(broken.body.detail, /JSON/);
  const csv = await service.request.post('/v1/models').type('text/csv').send('a\n1\n').expect(415);
  assert.equal(csv.body.detail, 'Content-Type text/csv: expected application/json.');
});

test('models are listed in pages, newest first', async () => {
  const ids = [];
  for (let count = 0; count < 3; count++) ids.unshift((await queuedModel(service)).id);
  const first = await service.request.get('/v1/models?limit=2').expect(200);
  assert.deepEqual(
    first.body.items.map(({ id }: { id: string }) => id),
    ids.slice(0, 2),
  );
  const second = await service.request.get('/v1/models').query({ limit: 1, cursor: first.body.nextCursor }).expect(200);
  assert.deepEqual(
    second.body.items.map(({ id }: { id: string }) => id),
    ids.slice(2),
  );
});

test('a ready model says when and how well it was trained', async () => {
  const { body } = await service.request.get(`/v1/models/${await readyModel(service)}`).expect(200);
  assert.equal(body.status, 'ready');
  assert.deepEqual(body.metrics, { testLogProb: -2 });
  assert.ok(Date.parse(body.startedAt) <= Date.parse(body.finishedAt));
});

test('a failed model says why', async () => {
  const { id, attempt } = await trainingModel(service);
  const error = { code: 'diverged', message: 'the loss is not finite' };
  await service.store.models.fail(id, attempt, error);
  const { body } = await service.request.get(`/v1/models/${id}`).expect(200);
  assert.deepEqual([body.status, body.error], ['failed', error]);
});

test('a queued model is cancelled at once, a training one is asked to stop, an ended one is refused', async () => {
  const queued = await queuedModel(service);
  const cancelled = await service.request.post(`/v1/models/${queued.id}/cancel`).expect(202);
  assert.equal(cancelled.body.status, 'cancelled');
  const again = await service.request.post(`/v1/models/${queued.id}/cancel`).expect(409);
  assert.equal(again.body.code, 'model-ended');
  const { id, attempt } = await trainingModel(service);
  await service.request.post(`/v1/models/${id}/cancel`).expect(202);
  assert.equal(await service.store.models.recordProgress(id, attempt, {}), 'cancel');
});

test('a model is removed, unless it is training', async () => {
  const id = await readyModel(service);
  await service.request.delete(`/v1/models/${id}`).expect(204);
  await service.request.get(`/v1/models/${id}`).expect(404);
  const training = await trainingModel(service);
  const { body } = await service.request.delete(`/v1/models/${training.id}`).expect(409);
  assert.equal(body.code, 'model-training');
});

for (const [method, path] of [
  ['get', ''],
  ['delete', ''],
  ['post', '/cancel'],
  ['get', '/events'],
  ['get', '/sample'],
] as const) {
  test(`${method} ${path} of an unknown model`, async () => {
    const { body } = await service.request[method](`/v1/models/${absentId}${path}`).expect(404);
    assert.equal(body.detail, `No model has the id "${absentId}".`);
  });
  test(`${method} ${path} of what is no id`, async () => {
    const { body } = await service.request[method](`/v1/models/-7${path}`).expect(400);
    assert.deepEqual(body.errors, [
      { path: '/id', message: 'The value must match pattern "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"; got "-7".' },
    ]);
  });
}
