import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { reference } from '../../../src/engine/reference.ts';
import type { Density } from '../../../src/flow/density.ts';
import { float64, type Program, type TensorValues } from '../../../src/flow/graph/program.ts';
import { presets } from '../../../src/flow/presets.ts';
import { sampleProgram } from '../../../src/flow/programs/sample.ts';
import {
  gridStepsProgram,
  normalizedStepsProgram,
  sampledStepsProgram,
  stepName,
} from '../../../src/flow/programs/steps.ts';
import { assertClose } from '../../support/close.ts';
import { densityOf } from '../../support/densities.ts';
import { categoryColumn, numberColumn } from '../../support/encodings.ts';
import { numbersOf, rowsOf } from '../../support/flow-programs.ts';
import { normalValues } from '../../support/flows.ts';
import { smallNetwork } from '../../support/mixed.ts';

const rowCount = 24;

/** Each preset on plain columns, and flows over columns of every kind; parameters away from where training starts. */
const cases: readonly [name: string, density: Density][] = [
  ...[2, 4].flatMap((count) =>
    [...presets].map(([name, preset]): [string, Density] => {
      const spec = preset.spec({ columns: count, rows: 400 }) as { layers: object[] };
      const columns = Array.from({ length: count }, () => numberColumn({ location: 3, scale: 2 }));
      return [`${name} over ${count} columns`, densityOf([spec], { columns }, 0.1)];
    }),
  ),
  [
    'columns with gaps, categories and bounds, and a context',
    densityOf(
      [
        {
          base: { type: 'mixture', components: 2 },
          layers: [
            { type: 'affine', ...smallNetwork },
            { type: 'permutation', kind: 'reverse' },
            { type: 'autoregressive', ...smallNetwork, inverse: true },
            { type: 'coupling', ...smallNetwork },
          ],
        },
      ],
      {
        columns: [numberColumn(), categoryColumn(3), numberColumn({ lower: 0, upper: 1 })],
        context: [categoryColumn(2)],
      },
    ),
  ],
  [
    'columns that may be missing',
    densityOf(
      [
        {
          base: { type: 'uniform', lower: -2, upper: 2 },
          layers: [{ type: 'scale' }, { type: 'permutation', kind: 'reverse' }, { type: 'coupling', ...smallNetwork }],
        },
      ],
      { columns: [numberColumn({ missing: true }), numberColumn({ missing: true }), numberColumn({ location: 5 })] },
    ),
  ],
];

async function run(program: Program, inputs: Record<string, TensorValues>, engine = reference) {
  const executable = await engine.load(program);
  const outputs = await executable.run(inputs);
  await executable.release();
  return outputs;
}

const noiseFor = ({ inputs }: Program) => Number(inputs.noise.shape[1]);

for (const [name, density] of cases)
  describe(name, () => {
    const layers = density.members[0].spec.layers.length;
    const steps = Array.from({ length: layers + 1 }, (_, step) => stepName(step));
    const sampled = sampledStepsProgram(density, 0);
    const contexts = new Float64Array(rowCount * density.context.length).fill(1);
    const given = density.context.length > 0 && { context: rowsOf(contexts, density.context.length) };
    const inputs = { noise: rowsOf(normalValues(rowCount, noiseFor(sampled)), noiseFor(sampled)), ...given };
    const width = density.columns.length;
    const withContext = (rows: Float64Array) =>
      Float64Array.from(
        Array.from({ length: rowCount }, (_, row) => [
          ...rows.subarray(row * width, (row + 1) * width),
          ...density.context.map(() => 1),
        ]).flat(),
      );

    test('samples end where sampling has them, by a step for each layer', async () => {
      const outputs = await run(sampled, inputs);
      const { rows } = await run(sampleProgram(density), inputs);
      assert.deepEqual(numbersOf(outputs.rows), numbersOf(rows));
      assert.deepEqual(Object.keys(outputs), [...steps, 'rows']);
      for (const step of steps) assert.deepEqual(outputs[step].shape, outputs.step0.shape);
    });

    test('their rows come back by the same steps', async () => {
      const there = await run(sampled, inputs);
      const rows = rowsOf(withContext(float64(there.rows)), width + density.context.length);
      const back = await run(normalizedStepsProgram(density, 0), { rows });
      assert.deepEqual(numbersOf(back.beyond), new Array(rowCount).fill(0));
      // Double precision, of layers with slopes from 1e-3 on, up to 33 of them.
      for (const step of steps) assertClose(numbersOf(back[step]), numbersOf(there[step]), 1e-9, step);
    });

    test('ONNX Runtime gives what the reference gives', async () => {
      const single = { ...inputs, noise: rowsOf(Float32Array.from(inputs.noise.values, Number), noiseFor(sampled)) };
      const [actual, expected] = await Promise.all([run(sampled, single, onnxRuntime), run(sampled, single)]);
      // Single precision, through up to 33 layers.
      for (const step of steps) assertClose(numbersOf(actual[step]), numbersOf(expected[step]), 1e-3, step);
    });

    test('a grid goes as samples go that are like it, the other numbers being at the centre of the base', async () => {
      const there = await run(sampled, inputs);
      const rows = rowsOf(withContext(float64(there.rows)), width + density.context.length);
      const program = gridStepsProgram(density, 0);
      const numbers = Number(program.inputs.z.shape[0]);
      const all = { values: new Float32Array(numbers).fill(1), shape: [numbers, 1] };
      const grid = await run(program, { rows, z: there.step0, shown: all });
      for (const step of steps) assertClose(numbersOf(grid[step]), numbersOf(there[step]), 1e-9, step);
      const first = { values: all.values.map((_, place) => Number(place === 0)), shape: [numbers, 1] };
      const { step0 } = await run(program, { rows, z: there.step0, shown: first });
      const own = numbersOf(there.step0).slice(0, rowCount);
      assert.deepEqual(numbersOf(step0).slice(0, rowCount), own);
      for (const place of Array.from({ length: numbers - 1 }, (_, index) => index + 1)) {
        const centres = new Set(numbersOf(step0).slice(place * rowCount, (place + 1) * rowCount));
        assert.equal(centres.size, 1);
      }
    });
  });
