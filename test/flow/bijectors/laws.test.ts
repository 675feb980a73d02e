import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Executable } from '../../../src/engine/engine.ts';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { reference } from '../../../src/engine/reference.ts';
import { ShapeError } from '../../../src/flow/errors.ts';
import type { Flow } from '../../../src/flow/flow.ts';
import { gradients } from '../../../src/flow/graph/gradient.ts';
import { add, mean, mul, sum, transpose } from '../../../src/flow/graph/operations.ts';
import type { Program, TensorValues } from '../../../src/flow/graph/program.ts';
import { input, scalar } from '../../../src/flow/graph/tensor.ts';
import { layerTypes } from '../../../src/flow/layers.ts';
import { assertClose } from '../../support/close.ts';
import { logAbsDeterminant } from '../../support/determinant.ts';
import { flowOf, movedParameters, normalValues } from '../../support/flows.ts';
import { layerCases } from '../../support/layers.ts';

const rowCount = 16;
const rowsOf = (values: Float64Array | Float32Array, columns: number): TensorValues => ({
  values,
  shape: [values.length / columns, columns],
});
const vector = (values: Float64Array | Float32Array): TensorValues => ({ values, shape: [values.length] });

/** Both directions of the flow's bijector, its log-determinant, and a scalar of them with its gradient. */
function bothWays(flow: Flow, rows: number | string = 'rows') {
  const x = input('x', 'float32', [rows, flow.columns]);
  const parameters = input('parameters', 'float32', [flow.parameters.length]);
  const scope = flow.parameters.within(parameters);
  const { z, logDet } = flow.bijector.normalize(transpose(x), scope);
  return {
    inputs: { x, parameters },
    outputs: {
      z: transpose(z),
      logDet: add(logDet ? sum(logDet, [0]) : scalar(0), sum(mul(x, 0), [1])),
      generated: transpose(flow.bijector.generate(transpose(x), scope)),
      back: transpose(flow.bijector.generate(z, scope)),
    },
  };
}

/** The mean log-density of a fixed number of rows, and its gradient by the parameters. */
function slope(flow: Flow, rows: number) {
  const x = input('x', 'float32', [rows, flow.columns]);
  const parameters = input('parameters', 'float32', [flow.parameters.length]);
  const value = mean(flow.logProb(x, flow.parameters.within(parameters)));
  return { inputs: { x, parameters }, outputs: { value, gradient: gradients(value, [parameters])[0] } };
}

async function jacobianLogDet(
  executable: Executable<'x' | 'parameters', 'z'>,
  row: Float64Array,
  parameters: TensorValues,
): Promise<number> {
  const width = row.length;
  const step = 1e-6;
  const moved = Array.from({ length: 2 * width }, (_, index) => {
    const column = index % width;
    return row.with(column, row[column] + (index < width ? step : -step));
  });
  const x = rowsOf(Float64Array.from(moved.flatMap((values) => Array.from(values))), width);
  const { z } = await executable.run({ x, parameters });
  const jacobian = new Float64Array(width * width);
  for (let column = 0; column < width; column++)
    for (let out = 0; out < width; out++) {
      const up = Number(z.values[column * width + out]);
      const down = Number(z.values[(column + width) * width + out]);
      jacobian[out * width + column] = (up - down) / (2 * step);
    }
  return logAbsDeterminant(jacobian, width);
}

for (const { name, columns, layer, startsAs } of layerCases)
  describe(name, () => {
    const flow = flowOf([layer], columns);
    const parameters = vector(movedParameters(flow, 0.3));
    const values = normalValues(rowCount, columns, 2);
    const x = rowsOf(values, columns);

    test('generate undoes normalize, and normalize undoes generate', async () => {
      const executable = await reference.load(bothWays(flow));
      const { back, generated } = await executable.run({ x, parameters });
      assertClose(Array.from(back.values, Number), values, 1e-10, 'there and back');
      const { z } = await executable.run({ x: generated, parameters });
      assertClose(Array.from(z.values, Number), values, 1e-10, 'back and there');
    });

    test('the log-determinant is that of the numerical Jacobian', async () => {
      const executable = await reference.load(bothWays(flow));
      const { logDet } = await executable.run({ x, parameters });
      const expected = [];
      for (let row = 0; row < rowCount; row++)
        expected.push(await jacobianLogDet(executable, values.slice(row * columns, (row + 1) * columns), parameters));
      // Central differences with a step of 1e-6 leave about 1e-9.
      assertClose(Array.from(logDet.values, Number), expected, 1e-7, 'log-determinant');
    });

    test('the gradient by each parameter is that of central differences', async () => {
      const executable = await reference.load(slope(flow, rowCount));
      const { gradient } = await executable.run({ x, parameters });
      const at = Float64Array.from(parameters.values, Number);
      const step = 1e-6;
      const expected = [];
      for (let index = 0; index < at.length; index++) {
        const [up, down] = await Promise.all(
          [step, -step].map((change) => executable.run({ x, parameters: vector(at.with(index, at[index] + change)) })),
        );
        expected.push((Number(up.value.values[0]) - Number(down.value.values[0])) / (2 * step));
      }
      assertClose(Array.from(gradient.values, Number), expected, 1e-7, 'gradient');
    });

    test('ONNX Runtime gives what the reference gives', async () => {
      const single = {
        x: rowsOf(Float32Array.from(values), columns),
        parameters: vector(Float32Array.from(parameters.values, Number)),
      };
      const programs: Program<'x' | 'parameters'>[] = [bothWays(flow), slope(flow, rowCount)];
      for (const program of programs) {
        const executable = await onnxRuntime.load(program);
        const actual = await executable.run(single);
        await executable.release();
        const expected = await (await reference.load(program)).run(single);
        for (const [output, tensor] of Object.entries(expected))
          assertClose(Array.from(actual[output].values, Number), Array.from(tensor.values, Number), 1e-4, output);
      }
    });

    test(`it starts as the ${startsAs}, without a change of volume`, async () => {
      const executable = await reference.load(bothWays(flow));
      const { z, logDet } = await executable.run({ x, parameters: vector(flow.parameters.initialize(0)) });
      // Constants of the graph are single precision: a slope of 1 is 1 to 1e-7.
      assertClose(Array.from(logDet.values, Number), new Float64Array(rowCount), 1e-6, 'log-determinant');
      const sorted = (row: ArrayLike<number | bigint>) =>
        startsAs === 'identity' ? Array.from(row, Number) : Array.from(row, Number).sort((a, b) => a - b);
      for (let row = 0; row < rowCount; row++) {
        const [start, end] = [row * columns, (row + 1) * columns];
        assertClose(sorted(z.values.slice(start, end)), sorted(values.slice(start, end)), 1e-6, `row ${row}`);
      }
    });

    test('rows of another width are refused', async () => {
      const executable = await reference.load(bothWays(flow));
      const wide = rowsOf(normalValues(2, columns + 1), columns + 1);
      await assert.rejects(executable.run({ x: wide, parameters }), ShapeError);
    });
  });

test('the laws run over every type of layer', () => {
  const covered = new Set(layerCases.map(({ layer }) => layer.type));
  assert.deepEqual([...covered].sort(), [...layerTypes.keys()].sort());
});
