import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { Flow } from '../../src/flow/flow.ts';
import { input } from '../../src/flow/graph/tensor.ts';
import { normalRows } from '../../src/flow/random/stream.ts';
import { assertClose } from '../support/close.ts';
import { numbersOf, rowsOf } from '../support/flow-programs.ts';
import { flowOf, movedParameters } from '../support/flows.ts';

const network = { hidden: [8], activation: 'tanh' };
const toUnitSquare = (columns: number) => ({
  type: 'bounded',
  columns: Array.from({ length: columns }, (_, column) => ({ column, lower: 0, upper: 1 })),
  inverse: true,
});

/** Each type of layer in a flow of two columns, each base distribution once. */
const inTwoDimensions: readonly [layers: readonly object[], base: object][] = [
  [[{ repeat: 4, layers: [{ type: 'planar' }] }, { type: 'affine' }], { type: 'normal' }],
  [[{ repeat: 3, layers: [{ type: 'radial' }] }, { type: 'lu' }], { type: 'mixture', components: 3 }],
  [[{ repeat: 2, layers: [{ type: 'sylvester' }] }, { type: 'actnorm' }], { type: 'student-t', learned: true }],
  [[{ type: 'sylvester', inverse: true }, { type: 'planar', inverse: true }, { type: 'scale' }], { type: 'normal' }],
  [[{ type: 'householder' }, { type: 'lu' }, toUnitSquare(2)], { type: 'uniform' }],
  [[{ type: 'autoregressive', transform: 'spline', ...network }, { type: 'lu' }], { type: 'normal', learned: true }],
  [
    [{ type: 'coupling', transform: 'spline', ...network }, { type: 'permutation' }],
    { type: 'mixture', components: 2 },
  ],
];
const inOneDimension: readonly [layers: readonly object[], base: object][] = [
  [[{ repeat: 4, layers: [{ type: 'planar' }] }], { type: 'normal' }],
  [[{ repeat: 4, layers: [{ type: 'radial' }] }], { type: 'mixture', components: 3 }],
  [[{ type: 'autoregressive', transform: 'spline' }], { type: 'student-t', learned: true }],
  [[{ type: 'sylvester' }, { type: 'affine' }, toUnitSquare(1)], { type: 'uniform' }],
  [
    [
      { type: 'bounded', columns: [{ column: 0, lower: -1, upper: 2 }] },
      { type: 'coupling', transform: 'spline' },
    ],
    { type: 'normal' },
  ],
  // The tail of a log-normal is all that the moments and the grid can bear: that of a log-Student-t has no mean.
  [[{ type: 'bounded', columns: [{ column: 0, lower: -1 }] }, { type: 'planar' }], { type: 'normal' }],
];

/** Midpoints of the cells of a square grid. */
function gridOf(columns: number, cells: number, reach: number): { rows: Float32Array; volume: number } {
  const size = (2 * reach) / cells;
  const rows = new Float32Array(cells ** columns * columns);
  for (let index = 0; index < rows.length; index++) {
    const row = Math.floor(index / columns);
    const place = index % columns === 0 ? row % cells : Math.floor(row / cells);
    rows[index] = (place + 0.5) * size - reach;
  }
  return { rows, volume: size ** columns };
}

async function logProbs(flow: Flow, parameters: Float32Array, rows: Float32Array): Promise<number[]> {
  const x = input('x', 'float32', ['rows', flow.columns]);
  const logProb = flow.logProb(x, flow.parameters.fixed(parameters));
  const executable = await onnxRuntime.load({ inputs: { x }, outputs: { logProb } });
  const results = await executable.run({ x: rowsOf(rows, flow.columns) });
  await executable.release();
  return numbersOf(results.logProb);
}

async function samplesOf(flow: Flow, parameters: Float32Array, rows: number): Promise<number[]> {
  const noise = input('noise', 'float32', ['rows', flow.noiseColumns]);
  const x = flow.sample(noise, flow.parameters.fixed(parameters));
  const executable = await onnxRuntime.load({ inputs: { noise }, outputs: { x } });
  const results = await executable.run({ noise: rowsOf(normalRows(3, 0, rows, flow.noiseColumns), flow.noiseColumns) });
  await executable.release();
  return numbersOf(results.x);
}

const statistics: Record<string, (first: number, last: number) => number> = {
  'first column': (first) => first,
  'its square': (first) => first * first,
  'product of columns': (first, last) => first * last,
  quadrant: (first, last) => Number(first > 0.3 && last > -0.2),
};

function checkCases(columns: number, cases: typeof inTwoDimensions, grid: ReturnType<typeof gridOf>): void {
  for (const [layers, base] of cases) {
    const flow = flowOf(layers, columns, { base });
    const parameters = movedParameters(flow, 0.3);
    test(`${Object.values(base).join(' ')} under ${JSON.stringify(layers)}`, async () => {
      const weights = (await logProbs(flow, parameters, grid.rows)).map((value) => Math.exp(value) * grid.volume);
      const expectation = (f: (first: number, last: number) => number) =>
        weights.reduce((total, weight, row) => {
          const at = row * columns;
          return total + weight * f(grid.rows[at], grid.rows[at + columns - 1]);
        }, 0);
      // The midpoint rule; what lies beyond the grid is less.
      assertClose([expectation(() => 1)], [1], 1e-3, 'integral');

      const rows = 20_000;
      const samples = await samplesOf(flow, parameters, rows);
      for (const [name, f] of Object.entries(statistics)) {
        const expected = expectation(f);
        let actual = 0;
        for (let at = 0; at < samples.length; at += columns) actual += f(samples[at], samples[at + columns - 1]) / rows;
        const standardError = Math.sqrt((expectation((a, b) => f(a, b) ** 2) - expected ** 2) / rows);
        const distance = Math.abs(actual - expected) / standardError;
        assert.ok(distance < 5, `${name}: ${actual}, expected ${expected}, ${distance} standard errors apart`);
      }
    });
  }
}

describe('in one dimension densities integrate to 1, and samples have their moments', () =>
  checkCases(1, inOneDimension, gridOf(1, 200_000, 100)));
describe('in two dimensions densities integrate to 1, and samples have their moments', () =>
  checkCases(2, inTwoDimensions, gridOf(2, 500, 15)));
