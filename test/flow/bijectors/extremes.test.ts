/** Parameters and rows at the edge of what layers may meet. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { reference } from '../../../src/engine/reference.ts';
import type { Flow } from '../../../src/flow/flow.ts';
import { gradients } from '../../../src/flow/graph/gradient.ts';
import { mean } from '../../../src/flow/graph/operations.ts';
import { input } from '../../../src/flow/graph/tensor.ts';
import { assertClose } from '../../support/close.ts';
import { bothWays, jacobianLogDets, numbersOf, rowsOf, vectorOf } from '../../support/flow-programs.ts';
import { flowOf, movedParameters, normalValues } from '../../support/flows.ts';
import { layerCases } from '../../support/layers.ts';

/** Where the slope of a layer is least, 2^-10, rounding of z comes back 1024 times as large. */
const leastSlope = 2 ** -10;

/** Three columns; w.u is so far below -1 that the slope on the plane is the least. The plane is x0 + 2 x1 - x2 = 0.5. */
const steepPlanar = {
  flow: flowOf([{ type: 'planar' }], 3),
  parameters: Float32Array.of(1, 2, -1, -10, -20, 10, -0.5),
  rows: [
    [0.5, 0, 0],
    [0, 0.25, 0],
    [1, 0, 0.5],
    [0.5 + 1e-9, 0, 0],
    [0.5 - 1e-5, 0, 0],
    [0.51, 0, 0],
    [3, -2, 1],
  ],
};
/** Two columns, rank 2, Q diagonal: S is [1 2; 0 1], both R_ii S_ii are at their least, and R_12 = 3. */
const steepSylvester = {
  flow: flowOf([{ type: 'sylvester', rank: 2 }], 2),
  parameters: Float32Array.of(1, 0, 0, 1, 1, 2, 3, 1, -20, -20, 0, 0),
  rows: [
    [0, 0],
    [1e-9, 0],
    [0, 1e-6],
    [2, 1],
    [-2e-3, 1e-3],
    [0.01, -0.02],
    [-3, 2],
  ],
};
/** The slope at the centre, which is (0.5, -0.25), is the least. */
const steepRadial = {
  flow: flowOf([{ type: 'radial' }], 2),
  parameters: Float32Array.of(0.5, -0.25, 1, -20),
  rows: [
    [0.5, -0.25],
    [0.5 + 1e-9, -0.25],
    [0.5, -0.25 - 1e-5],
    [0.51, -0.24],
    [3, 2],
  ],
};

for (const [name, { flow, parameters, rows }] of Object.entries({ steepPlanar, steepSylvester, steepRadial }))
  describe(`${name}: slopes that are nearly zero`, () => {
    const values = Float64Array.from(rows.flat());
    const given = { x: rowsOf(values, flow.columns), parameters: vectorOf(parameters) };

    test('round trip and log-determinant in double precision', async () => {
      const executable = await reference.load(bothWays(flow));
      const { back, logDet } = await executable.run(given);
      assertClose(numbersOf(back), values, 1e-9, 'there and back');
      const expected = await jacobianLogDets(executable, given.x, {
        columns: flow.columns,
        parameters: given.parameters,
      });
      // Within a step of 1e-6 slopes of 1e-3 change by a thousandth of themselves, where the radial layer has its kink.
      assertClose(numbersOf(logDet), expected, 2e-4, 'log-determinant');
      assert.ok(Math.min(...numbersOf(logDet)) < Math.log(2 * leastSlope), 'a row where the slope is least');
    });

    test('round trip in single precision', async () => {
      const executable = await onnxRuntime.load(bothWays(flow));
      const { back } = await executable.run({ ...given, x: rowsOf(Float32Array.from(values), flow.columns) });
      await executable.release();
      // A few roundings of 6e-8, divided by slopes that are together as small as leastSlope (squared for Sylvester's two).
      const tolerance = name === 'steepSylvester' ? 0.02 : 5e-4;
      assertClose(numbersOf(back), values, tolerance, 'there and back');
    });
  });

describe('splines', () => {
  const bound = 5;
  const flow = flowOf([{ type: 'autoregressive', transform: 'spline', bins: 4, bound, hidden: [4] }], 2);
  const knots = [-bound, -bound / 2, 0, bound / 2, bound];
  const onKnots = Float64Array.from(knots.flatMap((a) => knots.flatMap((b) => [a, b])));
  const started = vectorOf(flow.parameters.initialize(0));
  const moved = vectorOf(movedParameters(flow, 0.3));

  test('rows on knots: there and back, and the log-determinant from either side', async () => {
    const executable = await reference.load(bothWays(flow));
    for (const parameters of [started, moved]) {
      const { back, logDet } = await executable.run({ x: rowsOf(onKnots, 2), parameters });
      assertClose(numbersOf(back), onKnots, 1e-9, 'there and back');
      // Constants are single precision, which puts the last knot 1e-7 off the bound: the logarithm of the slope is off by as
      // much as it changes on that way.
      const around = await Promise.all(
        [-1e-9, 1e-9].map((shift) =>
          executable.run({
            x: rowsOf(
              onKnots.map((x) => x + shift),
              2,
            ),
            parameters,
          }),
        ),
      );
      for (const nearby of around) assertClose(numbersOf(nearby.logDet), numbersOf(logDet), 1e-5, 'log-determinant');
    }
  });

  test('rows far in the tails stay as they are, and leave gradients finite', async () => {
    const tails = Float64Array.from([6, -7, 1e3, -1e6, 1e12, 5.001, -5.001, 1e12]);
    const executable = await reference.load(bothWays(flow));
    const { z, logDet, back } = await executable.run({ x: rowsOf(tails, 2), parameters: moved });
    assertClose(numbersOf(z), tails, 0, 'z');
    assertClose(numbersOf(back), tails, 0, 'there and back');
    assertClose(numbersOf(logDet), [0, 0, 0, 0], 0, 'log-determinant');
    const { byParameters } = await gradientsOf(
      flow,
      rowsOf(Float32Array.from(tails), 2),
      Float32Array.from(moved.values, Number),
    );
    assertClose(byParameters, new Float64Array(byParameters.length), 0, 'gradient');
  });
});

for (const { name, columns, context, layer, inside } of layerCases) {
  const flow = flowOf([layer], columns, { context });
  const width = columns + context;

  test(`${name}: large parameters`, async () => {
    const parameters = vectorOf(movedParameters(flow, 3));
    const normal = normalValues(16, width);
    const values = layer.inverse
      ? normal
      : normal.map((value, index) => (index % width < columns ? inside(value, index % width) : value));
    const executable = await reference.load(bothWays(flow));
    const { back, z } = await executable.run({ x: rowsOf(values, width), parameters });
    const again = values.slice();
    numbersOf(back).forEach((value, index) => {
      again[Math.floor(index / columns) * width + (index % columns)] = value;
    });
    const { z: zAgain } = await executable.run({ x: rowsOf(again, width), parameters });
    // In terms of z, not of x: a steep network may take the last digit of one column to the first of another.
    assertClose(numbersOf(zAgain), numbersOf(z), 1e-9, 'z of what z was taken back to');
  });

  test(`${name}: rows up to 1e12 standard deviations away have a log-density or none, and finite gradients`, async () => {
    const rows = 128;
    const far = Float32Array.from(normalValues(rows, width), (value, index) =>
      Math.max(-1e12, Math.min(1e12, value * 10 ** (Math.floor(index / width) / 10))),
    );
    const parameters = movedParameters(flow, 0.5);
    const logProbs = await logProbsOf(flow, rowsOf(far, width), parameters);
    for (const value of logProbs) assert.ok(value < Infinity, `${value}`);
    const { byRows, byParameters } = await gradientsOf(flow, rowsOf(far, width), parameters);
    assert.ok([...byRows, ...byParameters].every(Number.isFinite), `${byRows}; ${byParameters}`);
  });
}

async function logProbsOf(flow: Flow, rows: ReturnType<typeof rowsOf>, parameters: Float32Array): Promise<number[]> {
  const x = input('x', 'float32', ['rows', flow.columns + flow.context]);
  const logProb = flow.logProb(x, flow.parameters.fixed(parameters));
  const executable = await onnxRuntime.load({ inputs: { x }, outputs: { logProb } });
  const results = await executable.run({ x: rows });
  await executable.release();
  return numbersOf(results.logProb);
}

/** The gradients of the mean log-density by rows and parameters, in single precision. */
async function gradientsOf(flow: Flow, rows: ReturnType<typeof rowsOf>, values: Float32Array) {
  const x = input('x', 'float32', rows.shape);
  const parameters = input('parameters', 'float32', [values.length]);
  const value = mean(flow.logProb(x, flow.parameters.within(parameters)));
  const [byRows, byParameters] = gradients(value, [x, parameters]);
  const executable = await onnxRuntime.load({ inputs: { x, parameters }, outputs: { byRows, byParameters } });
  const results = await executable.run({ x: rows, parameters: vectorOf(values) });
  await executable.release();
  return { byRows: numbersOf(results.byRows), byParameters: numbersOf(results.byParameters) };
}
