import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { Density } from '../../src/flow/density.ts';
import { continuousEncoding } from '../../src/flow/encoding/encoding.ts';
import { Flow } from '../../src/flow/flow.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { ReadyModels } from '../../src/serving/ready-models.ts';
import { encodeDensity } from '../../src/store/density-artefact.ts';
import { movedParameters, normalValues } from '../support/flows.ts';
import { type ServedDensity, serveDensity } from '../support/served-density.ts';

const size = { columns: 3, context: 0 };
const { spec } = resolveFlow('spline', { ...size, rows: 500, path: '' });
const names = ['x', 'y', 'z'];
const density: Density = {
  columns: names,
  context: [],
  encoding: continuousEncoding(names, [], { location: [1, 2, 3], scale: [1, 2, 3] }),
  members: [{ spec, parameters: movedParameters(new Flow(spec, size), 0.1) }],
};

let served: ServedDensity;
before(async () => {
  served = await serveDensity(density);
});
after(() => served[Symbol.asyncDispose]());

test('rows that are scored together have the log-densities of each alone, and stay the caller’s', async () => {
  const { serving, id } = served;
  const rows = normalValues(5000, 3, 1);
  const all = await serving.logProb(id, rows, 5000);
  const alone: number[] = [];
  for (let row = 0; row < 20; row++) alone.push(...(await serving.logProb(id, rows.slice(3 * row, 3 * row + 3), 1)));
  const together = await Promise.all(
    Array.from({ length: 500 }, (_, row) => serving.logProb(id, rows.subarray(3 * row, 3 * row + 3), 1)),
  );
  for (let row = 0; row < 500; row++) {
    // Single precision: the last digits may depend on how many rows a matrix product has.
    assert.ok(Math.abs(together[row][0] - all[row]) <= 1e-4 * Math.abs(all[row]), `${row}`);
    if (row < 20) assert.ok(Math.abs(alone[row] - all[row]) <= 1e-4 * Math.abs(all[row]), `${row}`);
  }
  assert.deepEqual(rows, normalValues(5000, 3, 1));
});

test('blocks of samples are the rows of the whole', async () => {
  const { serving, id } = served;
  const whole = await serving.sample(id, { n: 3000, seed: 4 });
  const block = await serving.sample(id, { n: 500, seed: 4, first: 2048 });
  assert.deepEqual(block, whole.slice(3 * 2048, 3 * 2548));
});

test('models are kept ready within a bound, and the one used least recently is let go', async () => {
  const artefact = encodeDensity(density);
  const models = new ReadyModels(Promise.resolve(onnxRuntime), 2.5 * (3 * artefact.length + 4e6));
  const use = async (id: string) => {
    const model = await models.get({ id, artefact });
    await (await model.scorer()).run({ rows: { values: new Float64Array(3), shape: [1, 3] } });
    return model;
  };
  const first = await use('first');
  const second = await use('second');
  assert.equal(await use('first'), first);
  await use('third');
  await use('third');
  assert.equal(models.size, 2);
  assert.equal(await use('first'), first);
  assert.notEqual(await use('second'), second);
});

test('the models that are kept are told, with their bytes', async () => {
  await using fresh = await serveDensity(density);
  const { serving, id, stats } = fresh;
  assert.deepEqual(stats(), { waiting: 0, running: 0, models: 0, artefactBytes: 0, hits: 0, misses: 0 });
  await serving.logProb(id, Float64Array.of(1, 2, 3), 1);
  const artefactBytes = encodeDensity(density).length;
  assert.partialDeepStrictEqual(stats(), { models: 1, artefactBytes, hits: 0, misses: 1 });
  await serving.logProb(id, Float64Array.of(1, 2, 3), 1);
  assert.partialDeepStrictEqual(stats(), { models: 1, hits: 1, misses: 1 });
  serving.forget(id);
  assert.partialDeepStrictEqual(stats(), { models: 0, artefactBytes: 0 });
});

test('a model that is kept for its owner is not there for another', async () => {
  const { serving, servingFor, id } = served;
  await serving.logProb(id, Float64Array.of(1, 2, 3), 1);
  const other = servingFor('ann');
  const notFound = { name: 'NotFoundError', code: 'model-not-found' };
  for (let tries = 0; tries < 2; tries++) {
    await assert.rejects(other.encoding(id), notFound);
    await assert.rejects(other.otherColumns(id), notFound);
    await assert.rejects(other.calibration(id), notFound);
    await assert.rejects(other.logProb(id, Float64Array.of(1, 2, 3), 1), notFound);
    await assert.rejects(other.sample(id, { n: 1, seed: 1 }), notFound);
    await assert.rejects(other.onnx(id, 'log-prob'), notFound);
  }
  other.forget(id);
  assert.equal((await serving.encoding(id)).columns.length, 3);
});
