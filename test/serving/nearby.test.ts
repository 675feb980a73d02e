import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { Density } from '../../src/flow/density.ts';
import { continuousEncoding } from '../../src/flow/encoding/encoding.ts';
import { Flow } from '../../src/flow/flow.ts';
import { float64 } from '../../src/flow/graph/program.ts';
import { logProbProgram } from '../../src/flow/programs/log-prob.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { Nearby } from '../../src/serving/nearby.ts';
import { Schedule } from '../../src/serving/schedule.ts';
import { encodeDensity } from '../../src/store/density-artefact.ts';

const size = { columns: 2, context: 0 };
const { spec } = resolveFlow('nice', { ...size, rows: 500, path: '' });
const density: Density = {
  columns: ['x', 'y'],
  context: [],
  encoding: continuousEncoding(['x', 'y'], [], { location: [0, 0], scale: [1, 1] }),
  members: [{ spec, parameters: new Flow(spec, size).parameters.initialize(1) }],
};
const model = (id: string) => ({ id, artefact: encodeDensity(density) });
const row = Float64Array.of(0.5, -1);

/** A schedule with one thread, which counts the runs that come to it. */
function scheduled() {
  const nearby = new Nearby(Promise.resolve(onnxRuntime), 2 ** 30);
  const seen = { runs: 0 };
  const schedule = new Schedule(
    async () => {
      seen.runs++;
      return new Float64Array(1000).fill(Number.NaN) as never;
    },
    { threads: 1, timeoutSeconds: 10, nearby },
  );
  return { nearby, schedule, seen };
}

test('few rows of a model that was quick in threads are scored here, together, and as they are there', async () => {
  const { nearby, schedule, seen } = scheduled();
  const quick = model('quick');
  await schedule.logProb(quick, row, 1);
  assert.equal(seen.runs, 1);
  for (let run = 0; run < 20; run++) nearby.observe(quick, 1, 0.2);
  const scores = await Promise.all(
    Array.from({ length: 200 }, (_, index) => schedule.logProb(quick, Float64Array.of(index / 100, 0), 1)),
  );
  assert.equal(seen.runs, 1);
  const executable = await onnxRuntime.load(logProbProgram(density));
  const rows = Float64Array.from({ length: 400 }, (_, index) => (index % 2 === 0 ? index / 200 : 0));
  const { logProb } = await executable.run({ rows: { values: rows, shape: [200, 2] } });
  await executable.release();
  assert.deepEqual(
    scores.map(([score]) => score),
    Array.from(float64(logProb)),
  );
  await nearby.drain();
});

test('many rows, slow models and models that are hardly asked for go to a thread', async () => {
  const { nearby, schedule, seen } = scheduled();
  const [quick, slow, rare] = ['quick', 'slow', 'rare'].map(model);
  for (let run = 0; run < 20; run++) {
    nearby.observe(quick, 1, 0.2);
    nearby.observe(slow, 1, 0.8);
    nearby.observe(slow, 100, 0.1);
  }
  nearby.observe(rare, 1, 0.2);
  await schedule.logProb(quick, new Float64Array(34), 17);
  await schedule.logProb(slow, row, 1);
  await schedule.logProb(rare, row, 1);
  assert.equal(seen.runs, 3);
});

test('rows here fail by themselves where their model is damaged', async () => {
  const { nearby, schedule } = scheduled();
  const damaged = { id: 'damaged', artefact: new Uint8Array(100) };
  for (let run = 0; run < 20; run++) nearby.observe(damaged, 1, 0.2);
  await assert.rejects(schedule.logProb(damaged, row, 1), { name: 'ArtefactError' });
});
