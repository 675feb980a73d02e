import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { conditionalModel, readyModel, startTestApp, type TestApp } from '../support/app.ts';
import { exactModel } from '../support/gaussian-groups.ts';

let service: TestApp;
let id: string;
let mixed: TestApp;
let mixedId: string;
before(async () => {
  service = await startTestApp();
  id = await readyModel(service);
  mixed = await startTestApp({
    serve: () => exactModel,
  });
  mixedId = await readyModel(mixed);
});
after(async () => {
  await service[Symbol.asyncDispose]();
  await mixed[Symbol.asyncDispose]();
});

const density = (query: object) => service.request.get(`/v1/models/${id}/density`).query(query);
const ofMixed = (query: object) => mixed.request.get(`/v1/models/${mixedId}/density`).query(query);

test('a model of two columns has an exact density over a grid, a row for each y', async () => {
  const { body } = await density({ x: 'y', y: 'x', xRange: '-6,6', yRange: '-5,5', resolution: 20 }).expect(200);
  assert.equal(body.method, 'exact');
  assert.deepEqual([body.x.column, body.x.values.length, body.x.width, body.y.values[0]], ['y', 20, 0.6, -4.75]);
  const at = (x: number, y: number) => Math.exp(-(x * x + y * y) / 2) / (2 * Math.PI);
  for (const [row, y] of body.y.values.entries())
    for (const [column, x] of body.x.values.entries())
      assert.ok(Math.abs(body.density[row][column] - at(x, y)) < 1e-12);
  assert.ok(Math.abs(body.integral - 1) < 1e-4, body.integral);
  assert.ok(!('standardError' in body) && !('logGiven' in body));
});

test('a column given makes a slice', async () => {
  const { body } = await density({ x: 'x', xRange: '-6,6', given: '{"y":1}' }).expect(200);
  assert.equal(body.density.length, 100);
  assert.ok(Math.abs(body.integral - 1) < 1e-12);
  assert.ok(Math.abs(body.logGiven - (-0.5 - Math.log(2 * Math.PI) / 2)) < 1e-6, body.logGiven);
});

test('a marginal is estimated, with standard errors, the same for the same seed', async () => {
  const query = { x: 'x', samples: 2000, seed: 3 };
  const { body } = await ofMixed(query).expect(200);
  assert.equal(body.method, 'sampled');
  assert.ok(Math.abs(body.samples - 2000) < 1e-6);
  assert.equal(body.standardError.length, body.density.length);
  assert.deepEqual((await ofMixed(query).expect(200)).body, body);
  const categories = await ofMixed({ x: 'group', given: '{"w":2}', samples: 2000 }).expect(200);
  assert.deepEqual(categories.body.x.values, ['a', 'b']);
  assert.ok(categories.body.density[1] > 0.8, categories.text);
});

test('the context is given, and has to be', async () => {
  const conditional = await conditionalModel(service);
  const path = `/v1/models/${conditional}/density`;
  await service.request.get(path).query({ x: 'x', xRange: '-1,1', given: '{"y":0}' }).expect(200);
  const { body } = await service.request.get(path).query({ x: 'x' }).expect(422);
  assert.deepEqual(body.errors, [
    { path: '/given/y', message: 'A value is missing: the model is conditioned on this column.' },
  ]);
  const asAxis = await service.request.get(path).query({ x: 'y', given: '{"y":0}' }).expect(422);
  assert.equal(asAxis.body.detail, 'querystring/x: Expected one of "x", got "y".');
});

const refused: readonly [query: object, path: string, message: RegExp][] = [
  [{ x: 'z' }, '/x', /Expected one of "x", "y", "w", "group", got "z"/],
  [{ x: 'x', y: 'x' }, '/y', /another column/],
  [{ x: 'x', xRange: '2,1' }, '/xRange', /the lesser first, got "2,1"/],
  [{ x: 'x', xRange: '1,' }, '/xRange', /^The value/],
  [{ x: 'x', xRange: 'a,b' }, '/xRange', /two numbers/],
  [{ x: 'x', yRange: '1,2' }, '/yRange', /no y/],
  [{ x: 'group', xRange: '0,1' }, '/xRange', /has categories/],
  [{ x: 'x', y: 'y', resolution: 500 }, '/resolution', /at most 128 points/],
  [{ x: 'x', given: '[1]' }, '/given', /a JSON object/],
  [{ x: 'x', given: '{' }, '/given', /a JSON object/],
  [{ x: 'x', given: '{"x":1}' }, '/given/x', /Unknown column: expected some of y, w, group/],
  [{ x: 'x', given: '{"w":"one"}' }, '/given/w', /a finite number/],
  [{ x: 'x', given: '{"w":[1]}' }, '/given/w', /got \[1\]/],
  [{ x: 'x', given: '{"group":"c"}' }, '/given/group', /one of "a", "b"/],
  [{ x: 'x', given: '{"w":1e300}', samples: 1000 }, '/given', /density is zero, or nearly/],
];

for (const [query, path, message] of refused)
  test(`density of ${JSON.stringify(query)} is refused`, async () => {
    const { body } = await ofMixed(query);
    assert.ok(body.status === 422 || body.status === 400, JSON.stringify(body));
    assert.equal(body.errors[0].path, path);
    assert.match(body.errors[0].message, message);
  });
