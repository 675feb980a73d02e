import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApp, type TestApp, uploadCsv } from '../support/app.ts';

let service: TestApp;
let datasetId: string;
before(async () => {
  service = await startTestApp({ limits: { maxTrainingSeconds: 60 } });
  const lines = Array.from(
    { length: 40 },
    (_, row) => `${row},${row % 7},${row % 3 ? 'red' : 'blue'},${row % 5 || ''}`,
  );
  datasetId = await uploadCsv(service, ['x,y,colour,gaps', ...lines].join('\n'));
});
after(() => service[Symbol.asyncDispose]());

const resolve = (body: object) => service.request.post('/v1/models/resolve').send({ datasetId, ...body });
const create = (body: object) => service.request.post('/v1/models').send({ datasetId, ...body });

test('what is resolved is what is trained, and nothing is queued', async () => {
  const asked = { flow: 'maf', columns: ['x', 'gaps', 'colour'], context: ['y'], training: { steps: 9 }, seed: 3 };
  const { body } = await resolve(asked).expect(200);
  assert.deepEqual((await service.request.get('/v1/models').expect(200)).body.items, []);
  const { body: model } = await create(asked).expect(202);
  const same = ['flow', 'parameterCount', 'columns', 'context', 'training', 'warnings'];
  assert.deepEqual(
    same.map((name) => body[name]),
    same.map((name) => model[name]),
  );
  assert.deepEqual([body.problems, body.candidates, body.training.steps], [[], [], 9]);
  const ofLayers = body.layers.reduce(
    (total: number, layer: { parameterCount: number }) => total + layer.parameterCount,
    0,
  );
  assert.equal(body.layers.length, body.flow.layers.length);
  // The networks of the colour and of what is missing are not of the layers.
  assert.ok(ofLayers > 0 && ofLayers < body.parameterCount);
});

test('"auto" is resolved into the candidates that race for it on this table', async () => {
  const { body } = await resolve({}).expect(200);
  const { body: model } = await create({}).expect(202);
  assert.deepEqual(body.candidates, model.race.candidates);
  assert.deepEqual([body.flow, body.parameterCount, body.layers], [null, null, []]);
});

for (const [what, body, path, message] of [
  [
    'a layer that mixes columns where cells are missing',
    { flow: { layers: [{ type: 'lu' }] } },
    '/flow/layers/0/type',
    /"lu" mixes columns/,
  ],
  ['a column that the dataset lacks', { columns: ['x', 'z'] }, '/columns/1', /no column "z"/],
  ['no columns that are left', { columns: ['x'], context: ['x'] }, '/context', /too\.$/],
  [
    'more time than there is',
    { training: { budgetSeconds: 61 } },
    '/training/budgetSeconds',
    /MAX_TRAINING_SECONDS=60/,
  ],
] as const)
  test(`${what}: answered as a problem, with its path`, async () => {
    const { body: resolved } = await resolve(body).expect(200);
    const [problem] = resolved.problems;
    assert.deepEqual([resolved.flow, resolved.training, resolved.columns], [null, null, []]);
    assert.equal(problem.path, path);
    assert.match(problem.message, message);
    const { body: refused } = await create(body).expect(422);
    assert.deepEqual(refused.errors, resolved.problems);
  });

test('what the schema does not allow, and a dataset that is not there, are refused', async () => {
  const { body } = await resolve({ training: { stepz: 3 } }).expect(400);
  assert.equal(body.errors[0].path, '/training/stepz');
  await resolve({ datasetId: '01930000-0000-7000-8000-000000000000' }).expect(404);
});
