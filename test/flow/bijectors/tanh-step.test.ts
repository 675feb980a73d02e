import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { reference } from '../../../src/engine/reference.ts';
import { tanhRoot } from '../../../src/flow/bijectors/tanh-step.ts';
import { gradients } from '../../../src/flow/graph/gradient.ts';
import { sum } from '../../../src/flow/graph/operations.ts';
import { input } from '../../../src/flow/graph/tensor.ts';
import { assertClose } from '../../support/close.ts';
import { numbersOf, vectorOf } from '../../support/flow-programs.ts';

const slopes = [2 ** -20, 2 ** -10, 0.03, 0.5, 1, 1.5, 10, 1e3, 1e6];
const magnitudes = [0, 1e-12, 1e-6, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1, 2, 4, 7, 12, 20, 50, 1e3, 1e6, 1e12];
/** All pairs of a slope and a root of either sign, and the target that belongs to it. */
const cases = slopes.flatMap((slope) =>
  [...magnitudes, ...magnitudes.map((p) => -p)].map((p) => ({ slope, p, target: p + (slope - 1) * Math.tanh(p) })),
);

function rootProgram(count: number) {
  const inputs = { slope: input('slope', 'float64', [count]), target: input('target', 'float64', [count]) };
  const root = tanhRoot(inputs.slope, inputs.target);
  const [bySlope, byTarget] = gradients(sum(root), [inputs.slope, inputs.target]);
  return { inputs, outputs: { root, bySlope, byTarget } };
}

for (const [name, engine] of Object.entries({ reference, onnxRuntime }))
  test(`the root is found to double precision, for any slope and target (${name})`, async () => {
    const executable = await engine.load(rootProgram(cases.length));
    const { root } = await executable.run({
      slope: vectorOf(Float64Array.from(cases, ({ slope }) => slope)),
      target: vectorOf(Float64Array.from(cases, ({ target }) => target)),
    });
    await executable.release();
    for (const [index, found] of numbersOf(root).entries()) {
      const { slope, p, target } = cases[index];
      // What rounding of the two terms of the target amounts to, and what it does to the root where the function is flat.
      const rounding = 4 * Number.EPSILON * (Math.abs(p) + Math.abs(slope - 1) * Math.abs(Math.tanh(p)));
      const residual = Math.abs(found + (slope - 1) * Math.tanh(found) - target);
      assert.ok(residual <= rounding, `slope ${slope}, p ${p}: found ${found}, residual ${residual} > ${rounding}`);
      const slopeAt = slope + (1 - slope) * Math.tanh(p) ** 2;
      assert.ok(Math.abs(found - p) <= (2 * rounding) / slopeAt, `slope ${slope}, p ${p}: found ${found}`);
    }
  });

test('the gradient is that of the implicit function', async () => {
  const moderate = cases.filter(({ slope, p }) => slope >= 0.03 && slope <= 10 && Math.abs(p) <= 20);
  const given = {
    slope: vectorOf(Float64Array.from(moderate, ({ slope }) => slope)),
    target: vectorOf(Float64Array.from(moderate, ({ target }) => target)),
  };
  const { bySlope, byTarget } = await (await reference.load(rootProgram(moderate.length))).run(given);
  // p + k tanh(p) = target: dp/dtarget = 1 / f'(p), dp/dk = -tanh(p) / f'(p).
  const derivative = moderate.map(({ slope, p }) => 1 / (slope + (1 - slope) * Math.tanh(p) ** 2));
  assertClose(numbersOf(byTarget), derivative, 1e-9, 'by target');
  const expected = moderate.map(({ p }, index) => -Math.tanh(p) * derivative[index]);
  assertClose(numbersOf(bySlope), expected, 1e-9, 'by slope');
});
