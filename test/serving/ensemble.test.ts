import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Tensor } from 'onnxruntime-web';
import { type Density, noiseColumns } from '../../src/flow/density.ts';
import { continuousEncoding } from '../../src/flow/encoding/encoding.ts';
import { Flow } from '../../src/flow/flow.ts';
import { normalRows } from '../../src/flow/random/stream.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { assertClose } from '../support/close.ts';
import { movedParameters, normalValues } from '../support/flows.ts';
import { type ServedDensity, serveDensity } from '../support/served-density.ts';

const density: Density = {
  columns: ['x', 'y'],
  context: ['t'],
  encoding: continuousEncoding(['x', 'y'], ['t'], { location: [10, -5, 0], scale: [2, 0.1, 3] }),
  members: [
    'maf',
    { base: { type: 'mixture', components: 2 }, layers: [{ type: 'coupling', transform: 'spline' }] },
  ].map((flow) => {
    const size = { columns: 2, context: 1 };
    const { spec } = resolveFlow(flow, { ...size, rows: 500, path: '' });
    return { spec, parameters: movedParameters(new Flow(spec, size), 0.1) };
  }),
};
const width = noiseColumns(density);

let served: ServedDensity;
before(async () => {
  served = await serveDensity(density);
});
after(() => served[Symbol.asyncDispose]());

test('another runtime, given the file alone, finds the log-densities of an ensemble', async () => {
  const rows = normalValues(100, 3, 2).map((u, index) => [10 + 2 * u, -5 + 0.1 * u, 3 * u][index % 3]);
  const expected = await served.serving.logProb(served.id, rows, 100);
  const { logProb } = await served.elsewhere('log-prob', { rows: new Tensor('float64', rows, [100, 3]) });
  // Single precision, computed by other kernels.
  assertClose(Array.from(logProb.data, Number), expected, 1e-4, 'log-density');
});

test('and draws its rows from the same noise', async () => {
  const expected = await served.serving.sample(served.id, { n: 256, seed: 3, context: [1.5] });
  const { rows } = await served.elsewhere('sample', {
    noise: new Tensor('float32', normalRows(3, 0, 256, width), [256, width]),
    context: new Tensor('float64', new Float64Array(256).fill(1.5), [256, 1]),
  });
  // Single precision, computed by other kernels, in units of up to two standard deviations.
  assertClose(Array.from(rows.data, Number), expected, 1e-4, 'rows');
});

test('a row of an ensemble does not depend on how many are drawn', async () => {
  const [few, many] = await Promise.all(
    [3, 2000].map((n) => served.serving.sample(served.id, { n, seed: 9, context: [-1] })),
  );
  assert.deepEqual(few, many.slice(0, 6));
});
