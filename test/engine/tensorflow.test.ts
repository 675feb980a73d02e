import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { reference } from '../../src/engine/reference.ts';
import { evaluate } from '../../src/engine/tensorflow/evaluate.ts';
import { tensorflow } from '../../src/engine/tensorflow.ts';
import { baseTypes } from '../../src/flow/bases.ts';
import { ShapeError } from '../../src/flow/errors.ts';
import { gradients } from '../../src/flow/graph/gradient.ts';
import { add, cast, loop, mean, sub } from '../../src/flow/graph/operations.ts';
import type { TensorValues } from '../../src/flow/graph/program.ts';
import { input, type Tensor } from '../../src/flow/graph/tensor.ts';
import { assertClose } from '../support/close.ts';
import { flowOf, movedParameters, normalValues } from '../support/flows.ts';
import { layerCases } from '../support/layers.ts';
import { programOf, randomInputs } from '../support/operator-programs.ts';
import { operatorCases } from '../support/operators.ts';
import { inSinglePrecision } from '../support/single-precision.ts';

const numbers = ({ values }: TensorValues) => Array.from(values, Number);

// TensorFlow.js has no gradient for these; they do not vary but in steps.
const steps = {
  Equal: ['a', 'b'],
  Greater: ['a', 'b'],
  LogicalAnd: ['a', 'b'],
  LogicalNot: ['x'],
};
for (const [kernelName, inputsToSave] of Object.entries(steps))
  tf.registerGradient({
    kernelName,
    inputsToSave,
    gradFunc: (_, saved) =>
      Object.fromEntries(inputsToSave.map((name, index) => [name, () => tf.zeros(saved[index].shape)])),
  });

describe('TensorFlow.js gives what the reference gives', () => {
  for (const operatorCase of operatorCases)
    test(operatorCase.name, async () => {
      const program = programOf(operatorCase);
      const given = randomInputs(operatorCase);
      const actual = await (await tensorflow.load(program)).run(given);
      const expected = await (await reference.load(program)).run(given);
      // Single precision, sums of up to 24 terms.
      for (const [name, tensor] of Object.entries(expected)) {
        assertClose(numbers(actual[name]), numbers(tensor), 1e-5, name);
        assert.deepEqual(actual[name].shape, tensor.shape, name);
      }
    });
});

const baseCases = [
  { type: 'normal', learned: true },
  { type: 'student-t', learned: true },
  { type: 'uniform', lower: -9, upper: 9 },
  { type: 'mixture', components: 3 },
].map((base) => ({ name: `${base.type} base`, columns: 2, context: 0, layer: { type: 'scale' }, base }));

test('the cases have every base distribution', () => {
  assert.deepEqual(baseCases.map(({ base }) => base.type).sort(), [...baseTypes.keys()].sort());
});

describe('gradients by rows and parameters are those of TensorFlow.js', () => {
  const inNormal = { base: { type: 'normal' }, inside: (value: number) => value };
  for (const flowCase of [...layerCases, ...baseCases])
    test(flowCase.name, async () => {
      const { columns, context, layer, base, inside } = { ...inNormal, ...flowCase };
      const rowCount = 8;
      const width = columns + context;
      const flow = flowOf([layer], columns, { context, base });
      const x = input('x', 'float32', [rowCount, width]);
      const parameters = input('parameters', 'float32', [flow.parameters.length]);
      const value = mean(flow.logProb(x, flow.parameters.within(parameters)));
      const [byRows, byParameters] = gradients(value, [x, parameters]);
      const executable = await tensorflow.load({ inputs: { x, parameters }, outputs: { value, byRows, byParameters } });
      const values = normalValues(rowCount, width).map((number, index) => inside(number, index % width));
      const rows = { values: Float32Array.from(values), shape: [rowCount, width] };
      const moved = { values: movedParameters(flow, 0.5), shape: [flow.parameters.length] };
      const actual = await executable.run({ x: rows, parameters: moved });
      const expected = ownGradients(
        value,
        new Map([
          [x, rows],
          [parameters, moved],
        ]),
      );
      // Both are in single precision, along different ways.
      assertClose(numbers(actual.value), [expected.value], 1e-5, 'value');
      assertClose(numbers(actual.byRows), expected.gradients[0], 1e-4, 'by rows');
      assertClose(numbers(actual.byParameters), expected.gradients[1], 1e-4, 'by parameters');
    });
});

test('double precision is kept until it is cast', async () => {
  const x = input('x', 'float64', ['rows']);
  const difference = sub(x, 1.7e12);
  const program = { inputs: { x }, outputs: { difference, single: cast(difference, 'float32') } };
  const values = Float64Array.of(1.7e12 + 0.125, 1.7e12 - 3);
  const results = await (await tensorflow.load(program)).run({ x: { values, shape: [2] } });
  assert.deepEqual(results.difference, { values: Float64Array.of(0.125, -3), shape: [2] });
  assert.deepEqual(results.single, { values: Float32Array.of(0.125, -3), shape: [2] });
});

test('no tensor is left behind, neither by a loop nor by a failure', async () => {
  const count = input('count', 'int64', []);
  const x = input('x', 'float32', [3]);
  const repeated = loop(count, [x, x], (_, [a, b]) => ({ state: [b, add(a, b)], scanned: [a] }));
  const [last, next] = repeated.state;
  const executable = await tensorflow.load({ inputs: { count, x }, outputs: { last, next, all: repeated.scanned[0] } });
  const given = (values: Float32Array) => ({
    count: { values: BigInt64Array.of(5n), shape: [] },
    x: { values, shape: [values.length] },
  });
  const before = tf.memory().numTensors;
  const { last: fifth, all } = await executable.run(given(Float32Array.of(1, 2, 3)));
  assert.deepEqual(fifth.values, Float32Array.of(8, 16, 24));
  assert.deepEqual(all.values, Float32Array.of(1, 2, 3, 1, 2, 3, 2, 4, 6, 3, 6, 9, 5, 10, 15));
  await assert.rejects(executable.run(given(Float32Array.of(1))), ShapeError);
  assert.equal(tf.memory().numTensors, before);
});

/** The value and its gradients by the inputs, from TensorFlow.js's tape, which ends where double precision begins. */
function ownGradients(value: Tensor, inputs: ReadonlyMap<Tensor, { values: Float32Array; shape: number[] }>) {
  return tf.tidy(() => {
    const variables = [...inputs.values()].map(({ values, shape }) => tf.variable(tf.tensor(values, shape)));
    const forward = () => {
      const [result] = evaluate(
        [inSinglePrecision(value)],
        new Map([...inputs.keys()].map((tensor, index) => [tensor, variables[index]])),
      );
      assert.ok(result instanceof tf.Tensor);
      return tf.reshape<tf.Rank.R0>(result, []);
    };
    const { value: total, grads } = tf.variableGrads(forward, variables);
    // A variable that nothing depends on, such as the parameters of a layer that has none, gets no gradient.
    const gradients = variables.map(({ name, size }) => Array.from(grads[name]?.dataSync() ?? new Float32Array(size)));
    tf.dispose(variables);
    return { value: total.dataSync()[0], gradients };
  });
}
