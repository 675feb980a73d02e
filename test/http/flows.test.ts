import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Value } from 'typebox/value';
import { baseTypes } from '../../src/flow/bases.ts';
import { candidates } from '../../src/flow/candidates.ts';
import { layerTypes } from '../../src/flow/layers.ts';
import { presets } from '../../src/flow/presets.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

let service: TestApp;
before(async () => {
  service = await startTestApp({ limits: { maxColumns: 50 } });
});
after(() => service[Symbol.asyncDispose]());

const resolve = (body: object) => service.request.post('/v1/flows/resolve').send(body);

test('the catalogue has every preset and type, and its presets resolve', async () => {
  const { body } = await service.request.get('/v1/flows').expect(200);
  const names = (items: { name?: string; type?: string }[]) => items.map(({ name, type }) => name ?? type);
  assert.deepEqual(names(body.presets), ['auto', 'anomaly', ...presets.keys()]);
  assert.deepEqual(names(body.layers), [...layerTypes.keys()]);
  assert.deepEqual(names(body.bases), [...baseTypes.keys()]);
  const [first, second, ...others] = body.presets;
  assert.deepEqual([first.isDefault, first.flow, second.isDefault, second.flow], [true, null, false, null]);
  for (const { name, summary, isDefault, flow } of others) {
    assert.ok(summary.length > 10 && !isDefault, name);
    const byName = await resolve({ flow: name, ...body.exampleTable }).expect(200);
    const bySpec = await resolve({ flow, ...body.exampleTable }).expect(200);
    assert.deepEqual(byName.body.problems, []);
    assert.deepEqual(bySpec.body, byName.body);
  }
});

test('the schema of a type takes what a spec may say, and refuses what it may not', async () => {
  const { body } = await service.request.get('/v1/flows').expect(200);
  for (const { type, schema } of [...body.layers, ...body.bases]) {
    assert.equal(Value.Check(schema, { type, misspelt: 1 }), false, type);
    assert.equal(Value.Check(schema, {}), false, type);
  }
  const { schema } = body.layers.find(({ type }: { type: string }) => type === 'coupling');
  assert.ok(Value.Check(schema, { type: 'coupling', hidden: [3], inverse: true }));
  assert.equal(Value.Check(schema, { type: 'coupling', hidden: 3 }), false);
  assert.ok(Value.Check(body.categorical, { hidden: [3], dropout: 0.1 }));
  assert.equal(Value.Check(body.categorical, { type: 'coupling' }), false);
  const resolved = await resolve({ flow: { layers: [{ type: 'coupling' }] }, columns: 3 }).expect(200);
  assert.ok(Value.Check(schema, resolved.body.flow.layers[0]), 'a resolved layer is one that a spec may hold');
});

test('a flow is resolved, and its parameters are counted layer by layer', async () => {
  const flow = {
    layers: [
      { type: 'coupling', hidden: [5] },
      { type: 'inverse', layer: { type: 'permutation', kind: 'reverse' } },
    ],
    base: { type: 'normal', learned: true },
  };
  const { body } = await resolve({ flow, columns: 3, context: 2 }).expect(200);
  // One column and two of context to five units, these to a log-scale and a shift of two columns.
  const parameterCount = (3 + 1) * 5 + (5 + 1) * 4;
  assert.deepEqual(body.layers, [
    { type: 'coupling', inverse: false, parameterCount },
    { type: 'permutation', inverse: true, parameterCount: 0 },
  ]);
  // The base has a location and a scale for each column.
  assert.equal(body.parameterCount, parameterCount + 6);
  assert.deepEqual(body.flow.base, flow.base);
  assert.deepEqual(body.flow.layers[1].order, [2, 1, 0]);
  assert.deepEqual((await resolve({ flow: body.flow, columns: 3, context: 2 }).expect(200)).body, body);
});

test('a flow that is left out, or "auto", is resolved into the candidates that race for it', async () => {
  const table = { columns: 3, context: 1, rows: 2000, seed: 7 };
  const { body } = await resolve(table).expect(200);
  assert.deepEqual((await resolve({ flow: 'auto', ...table }).expect(200)).body, body);
  const { candidates: found, ...rest } = body;
  assert.deepEqual(rest, { flow: null, parameterCount: null, layers: [], problems: [] });
  assert.deepEqual(
    found.map(({ name }: { name: string }) => name),
    [...candidates.keys()],
  );
  for (const { name, flow, parameterCount } of found) {
    const alone = await resolve({ flow, ...table }).expect(200);
    assert.deepEqual([alone.body.flow, alone.body.parameterCount], [flow, parameterCount], name);
  }
});

test('presets are sized for the table, and chance is decided by the seed', async () => {
  const small = await resolve({ flow: 'spline', columns: 4 }).expect(200);
  const large = await resolve({ flow: 'spline', columns: 4, rows: 100_000 }).expect(200);
  assert.ok(small.body.parameterCount < large.body.parameterCount);
  const random = { flow: { layers: [{ type: 'permutation', kind: 'random' }] }, columns: 20 };
  const order = async (seed: number) => (await resolve({ ...random, seed })).body.flow.layers[0].order;
  assert.deepEqual(await order(1), await order(1));
  assert.notDeepEqual(await order(1), await order(2));
});

for (const [flow, path, message] of [
  ['real-npv', '/flow', /^There is no preset "real-npv"; expected one of .*real-nvp/],
  [7, '/flow', /^Expected the name of a preset/],
  [{ layers: [] }, '/flow/layers', /at least one layer/],
  [{ layers: [{ type: 'copling' }] }, '/flow/layers/0/type', /^Expected one of coupling.*; got "copling"$/],
  [{ layers: [{ type: 'coupling', hiden: [3] }] }, '/flow/layers/0/hiden', /^Unknown key "hiden"/],
  [{ layers: [{ repeat: 2, layers: [{ type: 'coupling', bins: 1 }] }] }, '/flow/layers/0/layers/0/bins', /got 1$/],
  [{ layers: [{ type: 'permutation' }], base: { type: 'cauchy' } }, '/flow/base/type', /got "cauchy"$/],
] as const)
  test(`what is wrong with ${JSON.stringify(flow)} is said with its path`, async () => {
    const { body } = await resolve({ flow, columns: 3 }).expect(200);
    assert.deepEqual(
      { ...body, problems: body.problems.length },
      { flow: null, parameterCount: null, layers: [], candidates: [], problems: 1 },
    );
    assert.equal(body.problems[0].path, path);
    assert.match(body.problems[0].message, message);
  });

for (const [body, path] of [
  [{}, '/columns'],
  [{ columns: 0 }, '/columns'],
  [{ columns: 2.5 }, '/columns'],
  [{ columns: 2, context: -1 }, '/context'],
  [{ columns: 2, rows: 0 }, '/rows'],
  [{ columns: 2, seed: -1 }, '/seed'],
  [{ columns: 2, flows: 'maf' }, '/flows'],
] as const)
  test(`resolving ${JSON.stringify(body)} is refused`, async () => {
    const { body: problem } = await resolve(body).expect(400);
    assert.equal(problem.errors[0].path, path);
  });

test('no flow is resolved for more columns than a dataset may have', async () => {
  const { body } = await resolve({ columns: 40, context: 11 }).expect(422);
  assert.equal(body.code, 'too-many-columns');
  assert.equal(body.detail, '51 columns are more than MAX_COLUMNS=50 allows.');
});

test('only JSON is resolved', async () => {
  await service.request.post('/v1/flows/resolve').type('text/csv').send('columns\n3\n').expect(415);
});
