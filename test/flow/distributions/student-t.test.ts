import { test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { reference } from '../../../src/engine/reference.ts';
import { input } from '../../../src/flow/graph/tensor.ts';
import { flowOfBase } from '../../support/bases.ts';
import { assertClose } from '../../support/close.ts';
import { numbersOf, rowsOf, vectorOf } from '../../support/flow-programs.ts';

/** Gamma((nu + 1) / 2) / (Gamma(nu / 2) sqrt(nu pi)) in closed form. */
const normalizers: readonly [nu: number, value: number][] = [
  [1, 1 / Math.PI],
  [2, 1 / (2 * Math.SQRT2)],
  [3, 2 / (Math.PI * Math.sqrt(3))],
  [4, 3 / 8],
  [5, 8 / (3 * Math.PI * Math.sqrt(5))],
];
const places = Float64Array.of(-1e4, -30, -3, -0.5, 0, 1, 2, 12, 1e6);
const flow = flowOfBase({ type: 'student-t' }, 1);
const z = input('z', 'float32', ['rows', 1]);
const parameters = input('parameters', 'float32', [1]);
const program = {
  inputs: { z, parameters },
  outputs: { logProb: flow.logProb(z, flow.parameters.within(parameters)) },
};
/** The parameter that gives the degrees of freedom nu; it is -Infinity for the least, 1. */
const rawOf = (nu: number) => Math.max(-40, Math.log(Math.expm1(nu - 1)));

for (const [nu, normalizer] of normalizers)
  test(`the density for ${nu} degrees of freedom`, async () => {
    const expected = Array.from(places, (x) => Math.log(normalizer) - ((nu + 1) / 2) * Math.log1p((x * x) / nu));
    const exact = await reference.load(program);
    const { logProb } = await exact.run({ z: rowsOf(places, 1), parameters: vectorOf(Float64Array.of(rawOf(nu))) });
    // The series of the gamma functions is good to 1e-8, as are the constants of the graph, in single precision.
    assertClose(numbersOf(logProb), expected, 5e-8, 'double precision');
    const executable = await onnxRuntime.load(program);
    const single = await executable.run({
      z: rowsOf(Float32Array.from(places), 1),
      parameters: vectorOf(Float32Array.of(rawOf(nu))),
    });
    await executable.release();
    assertClose(numbersOf(single.logProb), expected, 1e-6, 'single precision');
  });

test('with many degrees of freedom it is the normal distribution', async () => {
  const near = Float64Array.of(-3, -1, 0, 0.5, 2);
  const { logProb } = await (await reference.load(program)).run({
    z: rowsOf(near, 1),
    parameters: vectorOf(Float64Array.of(1e6)),
  });
  // They differ by terms of z^4 / (4 nu).
  assertClose(
    numbersOf(logProb),
    Array.from(near, (x) => -(x * x) / 2 - Math.log(2 * Math.PI) / 2),
    3e-5,
    'log-density',
  );
});
