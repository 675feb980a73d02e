import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { splitRows } from '../../src/training/rows.ts';
import { startTestApp, type TestApp, uploadCsv } from '../support/app.ts';
import { assertClose } from '../support/close.ts';
import { untilTaken } from '../support/service.ts';

const nobodys = '01930000-0000-7000-8000-000000000000';
let service: TestApp;
let datasetId: string;
before(async () => {
  service = await startTestApp({ limits: { maxQueuedModels: 20, maxSweepTrials: 12, maxTrainingSeconds: 60 } });
  datasetId = await uploadCsv(service);
});
after(() => service[Symbol.asyncDispose]());

const ask = (body: object, headers: Record<string, string> = {}) =>
  untilTaken(async () =>
    service.request
      .post('/v1/sweeps')
      .set(headers)
      .send({ datasetId, ...body }),
  );
const read = async (id: string) => (await service.request.get(`/v1/sweeps/${id}`).expect(200)).body;
const modelsOf = async (id: string) =>
  (await service.request.get('/v1/models').query({ sweepId: id, limit: 200 }).expect(200)).body.items;
const jobsWaiting = async () => (await service.queue.stats()).waiting;

const affine = { layers: [{ type: 'affine' }] };
const two = { flows: [{ flow: 'real-nvp' }, { name: 'line', flow: affine, training: { steps: 9 } }], seeds: [3, 1] };

/** Brings a trial's model to a good end. */
async function finish(modelId: string, validationLogProb: number, testLogProb: number): Promise<void> {
  const { models } = service.store;
  const { attempt } = (await models.startAttempt(modelId)) ?? assert.fail('not started');
  const metrics = { validationLogProb, testLogProb, validationStandardError: 0.5, testStandardError: 0.25 };
  const progress = { step: 9, steps: 9, validationLogProb: -99, elapsedSeconds: 4 };
  await models.complete(modelId, attempt, { artefact: Buffer.from('an artefact'), metrics, warnings: [], progress });
}

/** Leaves no queued model of an earlier test to be counted. */
async function cancelAll(): Promise<void> {
  for (const { id, status } of (await service.request.get('/v1/models?limit=200').expect(200)).body.items)
    if (status === 'queued') await service.request.post(`/v1/models/${id}/cancel`).expect(202);
}

test('each flow with each seed is an ordinary model, queued with a job of its own, seed by seed', async () => {
  const waiting = await jobsWaiting();
  const created = await ask({ name: 'which one', training: { steps: 50 }, ...two });
  assert.equal(created.status, 202, created.text);
  const { body } = created;
  assert.equal(created.headers['location'], `/v1/sweeps/${body.id}`);
  assert.deepEqual([body.name, body.datasetId, body.status], ['which one', datasetId, 'queued']);
  assert.deepEqual(body.progress, {
    ...{ trials: 4, queued: 4, training: 0, ready: 0, failed: 0, cancelled: 0, ended: 0 },
  });
  assert.deepEqual(
    body.trials.map(({ flow, seed, status }: Trial) => [flow, seed, status]),
    [3, 1].flatMap((seed) => ['real-nvp', 'line'].map((flow) => [flow, seed, 'queued'])),
  );
  assert.deepEqual(await read(body.id), body);
  assert.deepEqual((await service.request.get('/v1/sweeps?limit=1').expect(200)).body.items, [body]);
  assert.equal(await jobsWaiting(), waiting + 4);

  const models = (await modelsOf(body.id)).toReversed();
  assert.deepEqual(
    models.map((model: Model) => [
      model.id,
      model.sweepId,
      model.seed,
      model.name,
      model.version,
      model.training.steps,
    ]),
    body.trials.map(({ modelId, flow, seed }: Trial) => [
      ...[modelId, body.id, seed, `which one: ${flow}`, seed === 3 ? 1 : 2, flow === 'line' ? 9 : 50],
    ]),
  );
  const [first] = models;
  assert.deepEqual((await service.request.get(`/v1/models/${first.id}`).expect(200)).body, first);
  // What is asked for alone is the same model.
  const alone = await service.request
    .post('/v1/models')
    .send({ datasetId, flow: 'real-nvp', training: { steps: 50 }, seed: 3 });
  for (const key of ['flow', 'training', 'columns', 'parameterCount', 'warnings'])
    assert.deepEqual(alone.body[key], first[key], key);
  assert.ok(!('sweepId' in alone.body));
  const { items } = await service.store.audit.list({ limit: 10, subjectId: body.id });
  assert.deepEqual(
    items.map(({ action, details }) => [action, details]),
    [['sweep.created', { name: 'which one', trials: 4 }]],
  );
  await cancelAll();
});

test('flows are ranked by validation rows, and compared seed by seed', async () => {
  const flows = ['steady', 'easy seeds', 'unlucky'].map((name) => ({ name, flow: affine }));
  const { body } = await ask({ flows, seeds: [0, 1, 2] });
  const modelOf = (flow: string, seed: number): string =>
    body.trials.find((trial: Trial) => trial.flow === flow && trial.seed === seed).modelId;
  for (const [seed, shared] of [-1, -2, -3].entries()) {
    await finish(modelOf('steady', seed), shared, shared + 0.5);
    if (seed > 0) await finish(modelOf('unlucky', seed), shared + 0.25, shared);
  }
  const { models } = service.store;
  const failing = modelOf('unlucky', 0);
  await models.fail(failing, (await models.startAttempt(failing))?.attempt ?? 0, {
    code: 'diverged',
    message: 'It was NaN.',
  });
  const training = modelOf('easy seeds', 0);
  const attempt = (await models.startAttempt(training))?.attempt ?? 0;
  await models.recordProgress(training, attempt, { step: 3, steps: 9, validationLogProb: -0.5 });

  const running = await read(body.id);
  assert.deepEqual([running.status, running.progress.ended, running.progress.training], ['running', 6, 1]);
  // One in training that looks better than all is after those that are ready.
  assert.deepEqual(
    running.leaderboard.map((entry: Entry) => [entry.rank, entry.flow, entry.ended, entry.ready, entry.failed]),
    [
      [1, 'unlucky', true, 2, 1],
      [2, 'steady', true, 3, 0],
      [3, 'easy seeds', false, 0, 0],
    ],
  );
  const soFar = running.trials.find(({ modelId }: Trial) => modelId === training);
  assert.deepEqual([soFar.step, soFar.steps, soFar.validationLogProb, soFar.testLogProb], [3, 9, -0.5, null]);
  assert.deepEqual(running.leaderboard[2].validationLogProb, { mean: -0.5, standardError: null, seeds: 1 });
  assert.equal(running.leaderboard[2].differenceToBest, null);

  await models.complete(training, attempt, {
    ...{ artefact: Buffer.from('an artefact'), warnings: [], progress: { elapsedSeconds: 2 } },
    metrics: { validationLogProb: -1.5, testLogProb: -1, awkward: 'NUL \0' },
  });
  await finish(modelOf('easy seeds', 1), -2.1, -2);
  await finish(modelOf('easy seeds', 2), -3.3, -3);
  const { status, leaderboard, trials } = await read(body.id);
  assert.equal(status, 'ready');
  // "unlucky" has the lower mean for having failed with the easiest seed alone.
  const [best, second, third] = leaderboard;
  assert.deepEqual(
    leaderboard.map(({ flow }: Entry) => flow),
    ['unlucky', 'steady', 'easy seeds'],
  );
  assert.deepEqual([best.validationLogProb.mean, best.validationLogProb.seeds], [-2.25, 2]);
  assert.deepEqual([best.differenceToBest, best.testDifferenceToBest], [null, null]);
  // -1, -2 and -3: the variance is 1.
  assert.deepEqual(second.validationLogProb, { mean: -2, standardError: Math.sqrt(1 / 3), seeds: 3 });
  assert.deepEqual([second.testLogProb.mean, second.parameterCount], [-1.5, 4]);
  assert.deepEqual([second.trainingSeconds, third.trainingSeconds], [4, 10 / 3]);
  assert.deepEqual(second.differenceToBest, { mean: -0.25, standardError: 0, seeds: 2 });
  assert.deepEqual(second.testDifferenceToBest, { mean: 0.5, standardError: 0, seeds: 2 });
  // -2.1 and -3.3 against -1.75 and -2.75: -0.35 and -0.55.
  const { mean, standardError, seeds } = third.differenceToBest;
  assertClose([mean, standardError], [-0.45, 0.1], 1e-14);
  assert.equal(seeds, 2);
  const failed = trials.find(({ modelId }: Trial) => modelId === failing);
  assert.deepEqual([failed.status, failed.error], ['failed', { code: 'diverged', message: 'It was NaN.' }]);

  // The figures of a trial outlive its model.
  await service.request.delete(`/v1/models/${modelOf('easy seeds', 2)}`).expect(204);
  const later = await read(body.id);
  assert.deepEqual(later.leaderboard, leaderboard);
  assert.equal(later.trials.find((trial: Trial) => trial.flow === 'easy seeds' && trial.seed === 2).modelId, null);
});

test('with the same seed all flows have the same rows, also where one needs more of them for tests', async () => {
  const { body } = await ask({ flows: [{ flow: 'real-nvp' }, { flow: 'anomaly' }], seeds: [5] });
  const [nvp, anomaly] = (await modelsOf(body.id))
    .map(({ training }: Model) => splitRows(30, training, 5))
    .toReversed();
  assert.deepEqual(nvp, anomaly);
  assert.equal(nvp.test.length, 15);
  const { body: given } = await ask({ flows: [{}, { flow: 'anomaly' }], training: { testFraction: 0.2 } });
  for (const { training } of await modelsOf(given.id)) assert.equal(training.testFraction, 0.2);
  assert.deepEqual(
    given.leaderboard.map(({ flow }: Entry) => flow),
    ['auto', 'anomaly'],
  );
  await cancelAll();
});

test('what cannot be done is refused by its path, and nothing is queued', async () => {
  const waiting = await jobsWaiting();
  const flows = [{ flow: 'maf' }];
  const refusals: [object, number, string, string, RegExp][] = [
    [{}, 400, 'invalid-request', '/flows', /missing/],
    [{ flows: [] }, 400, 'invalid-request', '/flows', /1 items/],
    [{ flows: [{ flow: 'maf', seed: 1 }] }, 400, 'invalid-request', '/flows/0/seed', /Unknown key "seed"/],
    [{ flows, seeds: [1, 1] }, 400, 'invalid-request', '/seeds', /duplicate/],
    [
      { flows: [{ training: { testFraction: 0.1 } }] },
      400,
      'invalid-request',
      '/flows/0/training/testFraction',
      /Unknown/,
    ],
    [{ flows: [...flows, { flow: 'mof' }] }, 422, 'invalid-flow', '/flows/1/flow', /no preset "mof"/],
    [
      { flows: [...flows, { flow: { layers: [{ type: 'affine' }, { type: 'planar', width: 3 }] } }] },
      422,
      'invalid-flow',
      '/flows/1/flow/layers/1/width',
      /Unknown key/,
    ],
    [
      { flows: [...flows, ...flows] },
      422,
      'flow-name-twice',
      '/flows/1/name',
      /flow 1 of the list is called "maf", too/,
    ],
    [
      { flows, seeds: Array.from({ length: 13 }, (_, seed) => seed) },
      422,
      'too-many-trials',
      '/flows',
      /13 trials, more than MAX_SWEEP_TRIALS=12/,
    ],
    [
      { flows: [...flows, { training: { budgetSeconds: 61 } }] },
      422,
      'too-much-training',
      '/flows/1/training/budgetSeconds',
      /MAX_TRAINING_SECONDS=60/,
    ],
    [{ flows, training: { budgetSeconds: 61 } }, 422, 'too-much-training', '/training/budgetSeconds', /got 61/],
    [{ flows, columns: ['x', 'z'] }, 422, 'unknown-column', '/columns/1', /no column "z"/],
  ];
  for (const [body, status, code, path, message] of refusals) {
    const answer = await ask(body);
    assert.deepEqual([answer.status, answer.body.code], [status, code], `${JSON.stringify(body)}: ${answer.text}`);
    assert.equal(answer.body.errors[0].path, path);
    assert.match(answer.body.errors[0].message, message);
  }
  assert.equal((await ask({ flows, datasetId: nobodys })).body.code, 'dataset-not-found');
  assert.equal(await jobsWaiting(), waiting);
});

test('the trials count among the queued models, and are queued together or not at all', async () => {
  await cancelAll();
  const seeds = Array.from({ length: 12 }, (_, seed) => seed);
  const flows = [{ flow: affine }];
  const answers = await Promise.all([1, 2, 3].map(() => ask({ flows, seeds })));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [202, 429, 429]);
  const refused = answers.find(({ status }) => status === 429);
  assert.equal(refused?.body.code, 'too-many-queued');
  assert.match(
    refused?.body.detail,
    /^12 models are queued, and 12 more would be more than MAX_QUEUED_MODELS=20 allows/,
  );
  assert.equal((await service.store.models.stats()).queued, 12);
  await cancelAll();
});

test('requests with one Idempotency-Key make one sweep', async () => {
  const headers = { 'idempotency-key': 'of a sweep' };
  const first = await ask(two, headers);
  const again = await ask(two, headers);
  assert.deepEqual([again.status, again.text, again.headers['idempotent-replayed']], [202, first.text, 'true']);
  assert.equal((await ask({ ...two, seeds: [9] }, headers)).status, 422);
  assert.equal((await modelsOf(first.body.id)).length, 4);
  await cancelAll();
});

test('a sweep is cancelled: what is queued at once, what trains is asked to stop', async () => {
  const { body } = await ask(two);
  const [{ modelId: trained }, { modelId: begun }] = body.trials;
  await finish(trained, -1, -1);
  const attempt = (await service.store.models.startAttempt(begun))?.attempt ?? 0;
  const { text } = await service.request.get('/metrics').expect(200);
  assert.match(text, /^pushforward_sweeps 1$/m);
  const running = await service.request.delete(`/v1/sweeps/${body.id}`);
  assert.deepEqual([running.status, running.body.code], [409, 'sweep-running']);
  assert.match(running.body.detail, /^3 trials .* have not ended: cancel it first\.$/);
  const { body: cancelled } = await service.request.post(`/v1/sweeps/${body.id}/cancel`).expect(202);
  assert.deepEqual(
    cancelled.trials.map(({ status }: Trial) => status),
    ['ready', 'training', 'cancelled', 'cancelled'],
  );
  assert.equal(await service.store.models.recordProgress(begun, attempt, { step: 1 }), 'cancel');
  // Asked again it is being done.
  await service.request.post(`/v1/sweeps/${body.id}/cancel`).expect(202);
  assert.ok(await service.store.models.markCancelled(begun, attempt));
  const again = await service.request.post(`/v1/sweeps/${body.id}/cancel`);
  assert.deepEqual([again.status, again.body.code], [409, 'sweep-ended']);
  const ended = await read(body.id);
  assert.deepEqual([ended.status, ended.progress.cancelled, ended.progress.ended], ['ready', 3, 4]);
  const events = await service.store.models.events(body.trials[3].modelId, { after: 0 });
  assert.deepEqual(
    events.map(({ data }) => data),
    [{ status: 'queued' }, { status: 'cancelled' }],
  );
  const { items } = await service.store.audit.list({ limit: 10, subjectId: body.id });
  assert.deepEqual(
    items.map(({ action }) => action),
    ['sweep.cancelled', 'sweep.created'],
  );
});

test('a sweep of which no trial is ready has failed, or was cancelled', async () => {
  const { body } = await ask({ flows: [{ flow: affine }], seeds: [0, 1] });
  // A model that is deleted before its end is none that was trained.
  await service.request.delete(`/v1/models/${body.trials[0].modelId}`).expect(204);
  await service.request.post(`/v1/models/${body.trials[1].modelId}/cancel`).expect(202);
  assert.equal((await read(body.id)).status, 'cancelled');
  const { body: other } = await ask({ flows: [{ flow: affine }] });
  await service.store.models.giveUp(other.trials[0].modelId);
  assert.equal((await read(other.id)).status, 'failed');
});

test('a sweep is removed without its models, or with those that nothing uses', async () => {
  const ended = async () => {
    const { body } = await ask({ flows: [{ flow: affine }], seeds: [0, 1, 2] });
    for (const { modelId } of body.trials) await finish(modelId, -1, -1);
    return body;
  };
  const first = await ended();
  await service.request.delete(`/v1/sweeps/${first.id}`).expect(204);
  await service.request.get(`/v1/sweeps/${first.id}`).expect(404);
  const { body: model } = await service.request.get(`/v1/models/${first.trials[0].modelId}`).expect(200);
  assert.ok(!('sweepId' in model));

  const second = await ended();
  const [kept, used, unused] = second.trials.map(({ modelId }: Trial) => modelId);
  await service.request.put('/v1/aliases/best').send({ modelId: kept }).expect(201);
  await service.request.post(`/v1/models/${used}/jobs`).send({ kind: 'sample', n: 5 }).expect(202);
  const { body } = await service.request.delete(`/v1/sweeps/${second.id}?models=true`).expect(200);
  assert.deepEqual(body.deletedModels, [unused]);
  assert.deepEqual(
    body.keptModels.map(({ modelId, code }: { modelId: string; code: string }) => [modelId, code]),
    [
      [kept, 'model-aliased'],
      [used, 'model-in-use'],
    ],
  );
  await service.request.get(`/v1/models/${unused}`).expect(404);
  await service.request.get(`/v1/models/${kept}`).expect(200);
  const missing = await service.request.delete(`/v1/sweeps/${second.id}?models=true`);
  assert.deepEqual([missing.status, missing.body.code], [404, 'sweep-not-found']);
});

interface Trial {
  readonly flow: string;
  readonly seed: number;
  readonly status: string;
  readonly modelId: string;
}

interface Entry {
  readonly rank: number;
  readonly flow: string;
  readonly ended: boolean;
  readonly ready: number;
  readonly failed: number;
}

interface Model extends Record<string, unknown> {
  readonly training: Parameters<typeof splitRows>[1];
}
