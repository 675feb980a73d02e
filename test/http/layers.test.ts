import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { conditionalModel, readyModel, startTestApp, type TestApp } from '../support/app.ts';
import { numberColumn } from '../support/encodings.ts';
import { encoding, exactModel } from '../support/gaussian-groups.ts';

// What the numbers are is tested where they are computed: here models move nothing.

let service: TestApp;
let id: string;
let mixed: TestApp;
let mixedId: string;
before(async () => {
  service = await startTestApp();
  id = await readyModel(service);
  mixed = await startTestApp({ serve: () => exactModel });
  mixedId = await readyModel(mixed);
});
after(async () => {
  await service[Symbol.asyncDispose]();
  await mixed[Symbol.asyncDispose]();
});

const layers = (query: object) => service.request.get(`/v1/models/${id}/layers`).query(query);
const ofMixed = (query: object) => mixed.request.get(`/v1/models/${mixedId}/layers`).query(query);

test('samples and a grid have a state at the base and one in the table’s units', async () => {
  const { body, headers } = await layers({ x: 'y', y: 'x', n: 7, lines: 3 }).expect(200);
  assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  const { states, ...head } = body;
  assert.deepEqual(head, {
    from: 'samples',
    points: 7,
    member: 0,
    members: 1,
    base: { type: 'normal' },
    permutations: 'shown',
    grid: { shape: 'squares', lines: 3, vertices: 121, x: [-1, 1], y: [-1, 1], centred: [], given: {} },
  });
  const described = states.map(({ points, grid, ...state }: Record<string, unknown[]>) => ({
    ...state,
    counts: [points.length, grid.length],
  }));
  assert.deepEqual(described, [
    { name: 'base', kind: 'base', x: 'z2', y: 'z1', hyperplanes: [], counts: [14, 1452] },
    { name: 'the table’s units', kind: 'units', x: 'y', y: 'x', hyperplanes: [], counts: [14, 1452] },
  ]);
});

test('rows of the dataset are taken where it is asked for them, as many as there are', async () => {
  const { body } = await layers({ x: 'x', y: 'y', from: 'rows', n: 1000 }).expect(200);
  assert.deepEqual([body.from, body.points], ['rows', 30]);
  const { points } = body.states[1];
  assert.deepEqual(
    points.filter((_: number, index: number) => index % 2 === 0).sort((a: number, b: number) => a - b),
    Array.from({ length: 30 }, (_, row) => row),
  );
  const few = await layers({ x: 'x', y: 'y', from: 'rows', n: 5, seed: 2 }).expect(200);
  assert.equal(few.body.states[1].points.length, 10);
});

test('a model of one column has no plane', async () => {
  const conditional = await conditionalModel(service);
  const path = `/v1/models/${conditional}/layers`;
  const { body } = await service.request.get(path).query({ x: 'x', y: 'y', given: '{"y":0}' }).expect(422);
  assert.equal(body.detail, 'querystring/y: Expected a modelled column of numbers ("x"), got "y".');
});

test('the context is given, and has to be', async () => {
  const context = [numberColumn({ name: 'c' })];
  await using conditional = await startTestApp({
    serve: (serving) => ({ ...serving, encoding: async () => ({ ...encoding, context }) }),
  });
  const path = `/v1/models/${await readyModel(conditional)}/layers`;
  const query = { x: 'x', y: 'y', n: 3, lines: 2 };
  const { body } = await conditional.request.get(path).query(query).expect(422);
  assert.deepEqual(body.errors, [
    { path: '/given/c', message: 'A value is missing: the model is conditioned on this column.' },
  ]);
  const given = await conditional.request
    .get(path)
    .query({ ...query, given: '{"c":2,"group":"b"}' })
    .expect(200);
  assert.deepEqual(given.body.grid.given, { group: 'b', c: 2 });
  assert.deepEqual(given.body.grid.centred, ['z3']);
  assert.equal(given.body.permutations, 'followed');
});

const refused: readonly [query: object, path: string, message: RegExp][] = [
  [{ x: 'z', y: 'x' }, '/x', /Expected a modelled column of numbers \("x", "y", "w"\), got "z"/],
  [{ x: 'x', y: 'group' }, '/y', /a modelled column of numbers .* got "group"/],
  [{ x: 'x', y: 'x' }, '/y', /another column than x/],
  [{ x: 'x', y: 'y', member: 1 }, '/member', /at most 0: the model has 1 flows; got 1/],
  [{ x: 'x', y: 'y', n: 5001 }, '/n', /<= 5000/],
  [{ x: 'x', y: 'y', given: '{"w":1}' }, '/given/w', /Unknown column: expected some of group/],
  [{ x: 'x', y: 'y', given: '{"group":"c"}' }, '/given/group', /one of "a", "b"/],
  [{ x: 'x', y: 'y', given: '[' }, '/given', /a JSON object/],
];

for (const [query, path, message] of refused)
  test(`layers of ${JSON.stringify(query)} are refused`, async () => {
    const { body } = await ofMixed(query);
    assert.ok(body.status === 422 || body.status === 400, JSON.stringify(body));
    assert.equal(body.errors[0].path, path);
    assert.match(body.errors[0].message, message);
  });

test('more than fits into an answer is refused, and so are rows of a dataset that is gone', async () => {
  const deep = await startTestApp({
    serve: (serving) => ({
      ...serving,
      flows: async () => [{ base: { type: 'normal' }, layers: new Array(98).fill({ type: 'planar' }) }],
    }),
  });
  await using _ = deep;
  const model = await readyModel(deep);
  const path = `/v1/models/${model}/layers`;
  const { body } = await deep.request.get(path).query({ x: 'x', y: 'y' }).expect(422);
  assert.match(body.errors[0].message, /at most 300000 places .* at 100 states these are 463000: ask for fewer/);
  const { datasetId } = (await deep.request.get(`/v1/models/${model}`)).body;
  await deep.request.delete(`/v1/datasets/${datasetId}`).expect(204);
  const gone = await deep.request.get(path).query({ x: 'x', y: 'y', from: 'rows', n: 10, lines: 2 }).expect(422);
  assert.equal(gone.body.code, 'no-dataset');
});
