import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { reference } from '../../src/engine/reference.ts';
import { continuousEncoding } from '../../src/flow/encoding/encoding.ts';
import { logProbProgram } from '../../src/flow/programs/log-prob.ts';
import { sampleProgram } from '../../src/flow/programs/sample.ts';
import { normalRows } from '../../src/flow/random/stream.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { assertClose } from '../support/close.ts';
import { flowOf, movedParameters, normalValues } from '../support/flows.ts';

const layers = [
  {
    repeat: 3,
    layers: [
      { type: 'coupling', hidden: [8], activation: 'tanh' },
      { type: 'permutation', kind: 'swap' },
    ],
  },
];
const { spec } = resolveFlow({ layers }, { columns: 2, rows: 1000, path: '' });
const flow = flowOf(layers, 2);
const parameters = movedParameters(flow, 0.15);
/** As of two columns in units of their own. */
const standardization = { location: [1000, -3], scale: [50, 0.01] };
const encoding = continuousEncoding(['x', 'y'], [], standardization);
const density = { columns: ['x', 'y'], context: [], encoding, members: [{ spec, parameters }] };

test('the density integrates to 1 in the units of the user', async () => {
  const cells = 1000;
  const reach = 20;
  const cell = (2 * reach) / cells;
  const rows = Float64Array.from({ length: cells * cells * 2 }, (_, index) => {
    const column = index % 2;
    const place = column === 0 ? Math.floor(index / 2 / cells) : Math.floor(index / 2) % cells;
    return standardization.location[column] + standardization.scale[column] * ((place + 0.5) * cell - reach);
  });
  const executable = await onnxRuntime.load(logProbProgram(density));
  const { logProb } = await executable.run({ rows: { values: rows, shape: [cells * cells, 2] } });
  await executable.release();
  let total = 0;
  for (const value of logProb.values) total += Math.exp(Number(value));
  const area = cell ** 2 * standardization.scale[0] * standardization.scale[1];
  // Midpoint rule on a smooth density; what lies beyond 20 standard deviations is far less than this.
  assert.ok(Math.abs(total * area - 1) < 1e-3, `the integral is ${total * area}`);
});

test('the log-probability of a sample is that of its noise less the log-determinant', async () => {
  const noise = { values: normalRows(1, 0, 64, 2), shape: [64, 2] };
  const { rows } = await (await reference.load(sampleProgram(density))).run({ noise });
  const score = await reference.load(logProbProgram(density));
  const { logProb } = await score.run({ rows });
  // The density of x = F(z) is that of z times |det dz/dx|, here by central differences over the inverse direction.
  const sampler = await reference.load(
    sampleProgram({ ...density, encoding: continuousEncoding(['x', 'y'], [], { location: [0, 0], scale: [1, 1] }) }),
  );
  const step = 1e-5;
  const expected = [];
  for (let row = 0; row < 64; row++) {
    const z = Float64Array.from(noise.values.slice(2 * row, 2 * row + 2));
    const around = [
      [step, 0],
      [-step, 0],
      [0, step],
      [0, -step],
    ].flatMap(([a, b]) => [z[0] + a, z[1] + b]);
    const { rows: moved } = await sampler.run({ noise: { values: Float64Array.from(around), shape: [4, 2] } });
    const at = (index: number) => Number(moved.values[index]);
    const slope = (up: number, down: number) => (at(up) - at(down)) / (2 * step);
    const determinant = slope(0, 2) * slope(5, 7) - slope(1, 3) * slope(4, 6);
    const base = -0.5 * (z[0] ** 2 + z[1] ** 2) - Math.log(2 * Math.PI);
    expected.push(base - Math.log(Math.abs(determinant)) - Math.log(50 * 0.01));
  }
  assertClose(Array.from(logProb.values, Number), expected, 1e-6, 'log-probability');
});

test('rows far away get a finite number or -Infinity, never NaN', async () => {
  const executable = await onnxRuntime.load(logProbProgram(density));
  const values = normalValues(200, 2).map((value, index) => value * 10 ** (index % 40));
  const { logProb } = await executable.run({ rows: { values, shape: [200, 2] } });
  await executable.release();
  for (const value of logProb.values) assert.ok(Number(value) < 100 && !Number.isNaN(Number(value)), `${value}`);
});
