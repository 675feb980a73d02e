import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { reference } from '../../src/engine/reference.ts';
import type { FlowShape } from '../../src/flow/encoding/layout.ts';
import { Flow } from '../../src/flow/flow.ts';
import { gradients } from '../../src/flow/graph/gradient.ts';
import { mean } from '../../src/flow/graph/operations.ts';
import { input } from '../../src/flow/graph/tensor.ts';
import { type Counts, MixedFlow } from '../../src/flow/mixed-flow.ts';
import { roundTripProgram } from '../../src/flow/programs/round-trip.ts';
import { normalRows } from '../../src/flow/random/stream.ts';
import { assertClose } from '../support/close.ts';
import { numbersOf, rowsOf, vectorOf } from '../support/flow-programs.ts';
import { combinations, gridOf, logProbsOf, mixedFlowOf, moved, smallNetwork, total } from '../support/mixed.ts';

const layers = [
  { type: 'coupling', transform: 'spline', ...smallNetwork },
  { type: 'permutation', kind: 'reverse' },
  { type: 'autoregressive', ...smallNetwork },
  { type: 'lu' },
];
const mixedFlow = (shape: Partial<FlowShape>, counts?: Counts) =>
  mixedFlowOf({ base: { type: 'student-t' }, layers }, shape, counts);

describe('a mixed density sums and integrates to 1', () => {
  const grids = [gridOf(0, 1, 1), gridOf(1, 100_000, 50), gridOf(2, 400, 30)];
  for (const [columns, grid] of grids.entries())
    for (const context of [0, 2])
      test(`over ${columns} numbers and three discrete variables, given ${context} columns`, async () => {
        const categories = [3, 1, 2];
        const flow = mixedFlow({ columns, context, categories });
        const given = [0.7, -1.2].slice(0, context);
        const rows = combinations(categories).flatMap((codes) => grid.points.map((y) => [...y, ...codes, ...given]));
        const density = (await logProbsOf(flow, moved(flow), rows)).map(Math.exp);
        // The midpoint rule; what lies beyond the grid is less.
        assertClose([total(density) * grid.volume], [1], columns === 0 ? 1e-6 : 1e-3, 'total');
      });
});

test('the numbers have the density of the flow given the discrete variables', async () => {
  const categories = [2, 2];
  const flow = mixedFlow({ columns: 1, categories });
  const parameters = moved(flow);
  const { points, volume } = gridOf(1, 100_000, 50);
  const ofCodes: number[] = [];
  for (const codes of combinations(categories)) {
    const density = await logProbsOf(
      flow,
      parameters,
      points.map((y) => [...y, ...codes]),
    );
    ofCodes.push(total(density.map(Math.exp)) * volume);
  }
  // Integrated over the numbers, it is that of the discrete variables alone, whose parameters come last.
  const discrete = mixedFlow({ categories });
  const last = parameters.slice(parameters.length - discrete.parameters.length);
  const expected = (await logProbsOf(discrete, last, combinations(categories))).map(Math.exp);
  assertClose(ofCodes, expected, 1e-4, 'probabilities');
  assert.ok(Math.max(...expected) / Math.min(...expected) > 1.5, 'the cases differ');
});

test('samples have the frequencies that the density says, and their numbers its moments', async () => {
  const categories = [3, 2];
  const flow = mixedFlow({ columns: 1, categories, context: 1 });
  const parameters = moved(flow, 0.5);
  const rows = 40_000;
  const noise = input('noise', 'float32', ['rows', flow.noiseColumns]);
  const context = input('context', 'float32', ['rows', 1]);
  const x = flow.sample(noise, flow.parameters.fixed(parameters), context);
  const executable = await onnxRuntime.load({ inputs: { noise, context }, outputs: { x } });
  const results = await executable.run({
    noise: rowsOf(normalRows(8, 0, rows, flow.noiseColumns), flow.noiseColumns),
    context: rowsOf(new Float32Array(rows).fill(0.6), 1),
  });
  await executable.release();
  const samples = numbersOf(results.x);
  const { points, volume } = gridOf(1, 100_000, 50);
  for (const codes of combinations(categories)) {
    const density = (
      await logProbsOf(
        flow,
        parameters,
        points.map((y) => [...y, ...codes, 0.6]),
      )
    ).map(Math.exp);
    const own = Array.from({ length: rows }, (_, row) => samples.slice(3 * row, 3 * row + 3)).filter(
      ([, first, second]) => first === codes[0] && second === codes[1],
    );
    const probability = total(density) * volume;
    const deviation = Math.sqrt(rows * probability * (1 - probability));
    assert.ok(Math.abs(own.length - rows * probability) < 5 * deviation, `${codes}: ${own.length}, ${probability}`);
    const below = total(density.filter((_, index) => points[index][0] < 0.4)) * volume;
    const ownBelow = own.filter(([y]) => y < 0.4).length;
    const share = Math.sqrt((own.length * below * (probability - below)) / probability ** 2);
    assert.ok(Math.abs(ownBelow - (own.length * below) / probability) < 5 * share, `${codes}: ${ownBelow}`);
  }
});

test('the gradient is that of central differences', async () => {
  const flow = mixedFlow({ columns: 1, context: 1, categories: [3, 2] });
  const codes = combinations([3, 2]);
  const rows = codes.flatMap(([a, b], row) => [0.4 * row - 1, a, b, Math.sin(row)]);
  const parameters = input('parameters', 'float32', [flow.parameters.length]);
  const x = input('x', 'float32', [codes.length, 4]);
  const value = mean(flow.logProb(x, flow.parameters.within(parameters)));
  const [gradient] = gradients(value, [parameters]);
  const executable = await reference.load({ inputs: { x, parameters }, outputs: { value, gradient } });
  const at = Float64Array.from(moved(flow));
  const run = (values: Float64Array) =>
    executable.run({ x: rowsOf(Float64Array.from(rows), 4), parameters: vectorOf(values) });
  const step = 1e-5;
  const valueWith = async (place: number, change: number) =>
    Number((await run(at.with(place, at[place] + change))).value.values[0]);
  const differences: number[] = [];
  for (const place of at.keys())
    differences.push(((await valueWith(place, step)) - (await valueWith(place, -step))) / (2 * step));
  // The error of central differences is of the order of step^2 and of rounding / step.
  assertClose(numbersOf((await run(at)).gradient), differences, 1e-7, 'gradient');
});

test('it starts at the frequencies of the rows, and no value is impossible', async () => {
  const flow = mixedFlow({ categories: [3, 2] }, [
    [6, 0, 1],
    [1, 1],
  ]);
  const start = flow.parameters.initialize(0);
  const probabilities = (await logProbsOf(flow, start, combinations([3, 2]))).map(Math.exp);
  // One row more for each value.
  assertClose(
    probabilities,
    [7, 7, 1, 1, 2, 2].map((count) => count / 20),
    1e-6,
  );
  const uniform = mixedFlow({ categories: [3, 2] });
  const ofUniform = await logProbsOf(uniform, uniform.parameters.initialize(0), combinations([3, 2]));
  assertClose(ofUniform, new Array(6).fill(-Math.log(6)), 1e-6);
});

test('probabilities of any size are finite', async () => {
  const flow = mixedFlow({ categories: [4] });
  const values = await logProbsOf(flow, Float32Array.of(300, -3e30, 0, 299), [[0], [1], [2], [3]]);
  const first = -Math.log1p(Math.exp(-1));
  // Single precision, of numbers about 300.
  assertClose(values, [first, -3e30, first - 300, first - 1], 3e-5);
});

test('taken to the base and back, numbers stay and codes are not touched', async () => {
  const flow = mixedFlow({ columns: 2, context: 1, categories: [3] });
  const executable = await onnxRuntime.load(roundTripProgram(flow, moved(flow, 0.2)));
  const rows = Float32Array.of(0.3, -1, 2, 0.5, 4, 2, 0, -0.5);
  const { error } = await executable.run({ rows: rowsOf(rows, 4) });
  await executable.release();
  assert.deepEqual(error.shape, [2, 3]);
  // Single precision, through splines.
  assertClose(numbersOf(error), new Array(6).fill(0), 1e-4);
  assert.deepEqual([error.values[2], error.values[5]], [0, 0]);
});

test('without discrete variables it is a plain flow, without numbers it has none', () => {
  assert.ok(mixedFlow({ columns: 2 }) instanceof Flow);
  const discrete = mixedFlow({ categories: [3, 2] });
  assert.ok(discrete instanceof MixedFlow);
  // Biases of 3; biases of 2 and a network of 3 inputs, 5 hidden units and 2 outputs.
  assert.equal(discrete.parameters.length, 3 + 2 + (3 * 5 + 5) + (5 * 2 + 2));
  assert.deepEqual([discrete.columns, discrete.noiseColumns], [2, 4]);
});
