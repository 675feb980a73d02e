import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { reference } from '../../../src/engine/reference.ts';
import { ShapeError } from '../../../src/flow/errors.ts';
import type { Program } from '../../../src/flow/graph/program.ts';
import { layerTypes } from '../../../src/flow/layers.ts';
import { assertClose } from '../../support/close.ts';
import { bothWays, jacobianLogDets, numbersOf, rowsOf, slope, vectorOf } from '../../support/flow-programs.ts';
import { flowOf, movedParameters, normalValues } from '../../support/flows.ts';
import { layerCases } from '../../support/layers.ts';

const rowCount = 16;

for (const { name, columns, context, layer, startsAs, idle, inside } of layerCases)
  describe(name, () => {
    const flow = flowOf([layer], columns, { context });
    const width = columns + context;
    const parameters = vectorOf(movedParameters(flow, 0.3));
    const normal = normalValues(rowCount, width, 2);
    const inBounds = normal.map((value, index) => (index % width < columns ? inside(value, index % width) : value));
    const [values, baseValues] = layer.inverse ? [normal, inBounds] : [inBounds, normal];
    const x = rowsOf(values, width);
    /** The modelled columns of rows. */
    const own = (rows: ArrayLike<number>) => Array.from(rows).filter((_, index) => index % width < columns);

    test('generate undoes normalize, and normalize undoes generate', async () => {
      const executable = await reference.load(bothWays(flow));
      const { back } = await executable.run({ x, parameters });
      // Double precision; the slopes of these layers are above 1e-3.
      assertClose(numbersOf(back), own(values), 1e-10, 'there and back');
      const { generated } = await executable.run({ x: rowsOf(baseValues, width), parameters });
      const again = baseValues.slice();
      numbersOf(generated).forEach((value, index) => {
        again[Math.floor(index / columns) * width + (index % columns)] = value;
      });
      const { z } = await executable.run({ x: rowsOf(again, width), parameters });
      assertClose(numbersOf(z), own(baseValues), 1e-10, 'back and there');
    });

    test('the log-determinant is that of the numerical Jacobian', async () => {
      const executable = await reference.load(bothWays(flow));
      const { logDet } = await executable.run({ x, parameters });
      const expected = await jacobianLogDets(executable, x, { columns, parameters });
      // Central differences with a step of 1e-6 leave about 1e-9.
      assertClose(numbersOf(logDet), expected, 1e-7, 'log-determinant');
    });

    test('the gradient by each parameter is that of central differences, and not zero', async () => {
      const executable = await reference.load(slope(flow, rowCount));
      const { gradient } = await executable.run({ x, parameters });
      const at = Float64Array.from(parameters.values, Number);
      const step = 1e-6;
      const expected = [];
      for (let index = 0; index < at.length; index++) {
        const [up, down] = await Promise.all(
          [step, -step].map((change) =>
            executable.run({ x, parameters: vectorOf(at.with(index, at[index] + change)) }),
          ),
        );
        expected.push((Number(up.value.values[0]) - Number(down.value.values[0])) / (2 * step));
      }
      assertClose(numbersOf(gradient), expected, 1e-7, 'gradient');
      // Units of a network may be off for all rows, but not for several draws of the parameters.
      const draws = await Promise.all(
        [11, 12, 13, 14, 15].map((seed) =>
          executable.run({ x, parameters: vectorOf(movedParameters(flow, 0.3, seed)) }),
        ),
      );
      const effects = draws.map((draw) => numbersOf(draw.gradient));
      const without = numbersOf(gradient).filter((_, index) => effects.every((values) => values[index] === 0));
      assert.equal(without.length, idle, 'parameters without effect');
    });

    test('ONNX Runtime gives what the reference gives', async () => {
      const single = {
        x: rowsOf(Float32Array.from(values), width),
        parameters: vectorOf(Float32Array.from(parameters.values, Number)),
      };
      const programs: Program<'x' | 'parameters'>[] = [bothWays(flow), slope(flow, rowCount)];
      for (const program of programs) {
        const executable = await onnxRuntime.load(program);
        const actual = await executable.run(single);
        await executable.release();
        const expected = await (await reference.load(program)).run(single);
        // Single precision, of values within 5 standard deviations or so; `back` is x to the same accuracy.
        for (const [output, tensor] of Object.entries(expected))
          assertClose(numbersOf(actual[output]), numbersOf(tensor), 1e-4, output);
      }
    });

    if (startsAs !== 'something else')
      test(`it starts as the ${startsAs}, without a change of volume`, async () => {
        const executable = await reference.load(bothWays(flow));
        const { z, logDet } = await executable.run({ x, parameters: vectorOf(flow.parameters.initialize(0)) });
        // Constants of the graph are single precision: a slope of 1 is 1 to 1e-7.
        assertClose(numbersOf(logDet), new Float64Array(rowCount), 1e-6, 'log-determinant');
        const sorted = (row: readonly number[]) => (startsAs === 'identity' ? row : row.toSorted((a, b) => a - b));
        for (let row = 0; row < rowCount; row++) {
          const [start, end] = [row * columns, (row + 1) * columns];
          assertClose(
            sorted(numbersOf(z).slice(start, end)),
            sorted(own(values).slice(start, end)),
            1e-6,
            `row ${row}`,
          );
        }
      });

    if (context > 0)
      test('it depends on the context', async () => {
        const executable = await reference.load(bothWays(flow));
        const elsewhere = values.map((value, index) => (index % width < columns ? value : value + 1));
        const [here, there] = await Promise.all(
          [values, elsewhere].map((rows) => executable.run({ x: rowsOf(rows, width), parameters })),
        );
        const differences = numbersOf(here.z).map((value, index) => Math.abs(value - numbersOf(there.z)[index]));
        // Not in every column of every row: half of the columns of a coupling stay, and the tails of splines do.
        const moved = differences.filter((difference) => difference > 1e-3).length;
        assert.ok(moved > differences.length / 3, `${moved} of ${differences.length} values change`);
      });

    test('rows of another width are refused', async () => {
      const executable = await reference.load(bothWays(flow));
      const wide = rowsOf(normalValues(2, width + 1), width + 1);
      await assert.rejects(executable.run({ x: wide, parameters }), ShapeError);
    });
  });

test('the laws run over every type of layer', () => {
  const covered = new Set(layerCases.map(({ layer }) => layer.type));
  assert.deepEqual([...covered].sort(), [...layerTypes.keys()].sort());
});
