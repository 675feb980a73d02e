import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { gradients } from '../../../src/flow/graph/gradient.ts';
import { sum } from '../../../src/flow/graph/operations.ts';
import { input } from '../../../src/flow/graph/tensor.ts';
import { assertClose } from '../../support/close.ts';
import { numbersOf, rowsOf } from '../../support/flow-programs.ts';
import { flowOf } from '../../support/flows.ts';

const [lower, upper] = [-0.1, 2.3];
const layerOf = (bounds: object) => ({ type: 'bounded', columns: [{ column: 0, ...bounds }] });
const specs: Record<string, [layer: object, inside: readonly number[], outside: readonly number[]]> = {
  'two bounds': [layerOf({ lower, upper }), [-0.0999, 0, 1, 2.2999], [lower, upper, -0.2, 2.4, -1e12, 1e12]],
  'a lower bound': [layerOf({ lower }), [-0.0999, 0, 100, 1e12], [lower, -0.2, -1e12]],
  'an upper bound': [layerOf({ upper }), [-1e12, -50, 0, 2.2999], [upper, 2.4, 1e12]],
};

for (const [name, [layer, inside, outside]] of Object.entries(specs)) {
  const flow = flowOf([layer], 1);
  const scope = flow.parameters.fixed(new Float32Array(0));

  test(`${name}: the density is zero outside, with a finite gradient`, async () => {
    const x = input('x', 'float32', [inside.length + outside.length, 1]);
    const logProb = flow.logProb(x, scope);
    const [gradient] = gradients(sum(logProb), [x]);
    const executable = await onnxRuntime.load({ inputs: { x }, outputs: { logProb, gradient } });
    const results = await executable.run({ x: rowsOf(Float32Array.from([...inside, ...outside]), 1) });
    await executable.release();
    const logProbs = numbersOf(results.logProb);
    assert.ok(logProbs.slice(0, inside.length).every(Number.isFinite), `${logProbs}`);
    assert.ok(
      logProbs.slice(inside.length).every((value) => value === -Infinity),
      `${logProbs}`,
    );
    assert.ok(numbersOf(results.gradient).every(Number.isFinite), `${numbersOf(results.gradient)}`);
  });

  test(`${name}: samples lie within, however extreme, and have a density`, async () => {
    const noise = input('noise', 'float32', ['rows', 1]);
    const sample = flow.sample(noise, scope);
    const program = { inputs: { noise }, outputs: { sample, logProb: flow.logProb(sample, scope) } };
    const executable = await onnxRuntime.load(program);
    const results = await executable.run({ noise: rowsOf(Float32Array.of(-1e6, -90, -20, -8, 0, 8, 20, 90, 1e6), 1) });
    await executable.release();
    for (const value of numbersOf(results.sample)) {
      if ('a lower bound' !== name) assert.ok(value < upper, `${value}`);
      if ('an upper bound' !== name) assert.ok(value > lower, `${value}`);
    }
    assert.ok(numbersOf(results.logProb).every(Number.isFinite), `${numbersOf(results.logProb)}`);
  });

  test(`${name}: the density is that of the transformed normal distribution`, async () => {
    const places = [0.2, 1, 2.1];
    const x = input('x', 'float32', ['rows', 1]);
    const executable = await onnxRuntime.load({ inputs: { x }, outputs: { logProb: flow.logProb(x, scope) } });
    const { logProb } = await executable.run({ x: rowsOf(Float32Array.from(places), 1) });
    await executable.release();
    const transforms: Record<string, (value: number) => { z: number; slope: number }> = {
      'two bounds': (value) => ({
        z: Math.log((value - lower) / (upper - value)),
        slope: (upper - lower) / ((value - lower) * (upper - value)),
      }),
      'a lower bound': (value) => ({ z: Math.log(value - lower), slope: 1 / (value - lower) }),
      'an upper bound': (value) => ({ z: -Math.log(upper - value), slope: 1 / (upper - value) }),
    };
    const expected = places.map((value) => {
      const { z, slope } = transforms[name](value);
      return -(z * z) / 2 - Math.log(2 * Math.PI) / 2 + Math.log(slope);
    });
    // Single precision.
    assertClose(numbersOf(logProb), expected, 1e-5, 'log-density');
  });
}

const refused: readonly [what: string, columns: readonly object[], path: string, message: RegExp][] = [
  ['a column that is not there', [{ column: 3, lower: 0 }], '/columns/0/column', /less than 3 columns; got 3/],
  [
    'a column with bounds twice',
    [
      { column: 1, lower: 0 },
      { column: 1, upper: 1 },
    ],
    '/columns/1/column',
    /Column 1 has bounds already/,
  ],
  ['no bounds', [{ column: 0 }], '/columns/0', /Expected lower, upper, or both/],
  ['bounds in the wrong order', [{ column: 0, lower: 2, upper: 1 }], '/columns/0/upper', /more than lower, 2.*got 1/],
  ['bounds with nothing between', [{ column: 0, lower: 1, upper: 1 + 1e-9 }], '/columns/0/upper', /a number between/],
  ['no columns', [], '/columns', /fewer than 1|at least/],
];

for (const [what, columns, path, message] of refused)
  test(`${what} is refused, with its path`, () => {
    assert.throws(() => flowOf([{ type: 'bounded', columns }], 3), { path: `/flow/layers/0${path}`, message });
  });
