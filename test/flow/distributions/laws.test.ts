import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { reference } from '../../../src/engine/reference.ts';
import { baseTypes } from '../../../src/flow/bases.ts';
import type { Flow } from '../../../src/flow/flow.ts';
import { gradients } from '../../../src/flow/graph/gradient.ts';
import { mean } from '../../../src/flow/graph/operations.ts';
import type { Program } from '../../../src/flow/graph/program.ts';
import { input } from '../../../src/flow/graph/tensor.ts';
import { normalRows } from '../../../src/flow/random/stream.ts';
import { baseCases, flowOfBase } from '../../support/bases.ts';
import { assertClose } from '../../support/close.ts';
import { numbersOf, rowsOf, vectorOf } from '../../support/flow-programs.ts';
import { movedParameters, normalValues } from '../../support/flows.ts';

/** `value` is the mean log-density of `z` [rows, columns]; with its gradients. */
function slopes(flow: Flow, rows: number): Program<'z' | 'parameters', 'value' | 'byRows' | 'byParameters'> {
  const z = input('z', 'float32', [rows, flow.columns]);
  const parameters = input('parameters', 'float32', [flow.parameters.length]);
  const value = mean(flow.logProb(z, flow.parameters.within(parameters)));
  const [byRows, byParameters] = gradients(value, [z, parameters]);
  return { inputs: { z, parameters }, outputs: { value, byRows, byParameters } };
}

function sampler(flow: Flow, parameters: Float32Array): Program<'noise', 'z'> {
  const noise = input('noise', 'float32', ['rows', flow.noiseColumns]);
  return { inputs: { noise }, outputs: { z: flow.sample(noise, flow.parameters.fixed(parameters)) } };
}

function density(flow: Flow, parameters: Float32Array): Program<'z', 'logProb'> {
  const z = input('z', 'float32', ['rows', flow.columns]);
  return { inputs: { z }, outputs: { logProb: flow.logProb(z, flow.parameters.fixed(parameters)) } };
}

for (const base of baseCases)
  describe(Object.values(base).join(' '), () => {
    test('the gradients by rows and parameters are those of central differences', async () => {
      const [rows, columns] = [12, 3];
      const flow = flowOfBase(base, columns);
      const executable = await reference.load(slopes(flow, rows));
      const [z, parameters] = [normalValues(rows, columns, 0.5), movedParameters(flow, 0.3)];
      const given = { z: rowsOf(z, columns), parameters: vectorOf(parameters) };
      const { byRows, byParameters } = await executable.run(given);
      const step = 1e-6;
      const differences = async (name: 'z' | 'parameters') => {
        const at = Float64Array.from(given[name].values, Number);
        const slopesOf = Array.from(at, async (value, index) => {
          const results = [step, -step].map((change) =>
            executable.run({ ...given, [name]: { ...given[name], values: at.with(index, value + change) } }),
          );
          const [up, down] = await Promise.all(results);
          return (Number(up.value.values[0]) - Number(down.value.values[0])) / (2 * step);
        });
        return Promise.all(slopesOf);
      };
      // Constants of the graph are single precision: 1 / 12, of the mean, is so to 3e-8.
      assertClose(numbersOf(byRows), await differences('z'), 1e-7, 'by rows');
      assertClose(numbersOf(byParameters), await differences('parameters'), 1e-7, 'by parameters');
      assert.ok(numbersOf(byParameters).every((value) => value !== 0));
    });

    test('the density integrates to 1, and moments of samples are its own', async () => {
      const flow = flowOfBase(base, 1);
      const parameters = movedParameters(flow, 0.3);
      const [cells, reach] = [400_000, 200];
      const cell = (2 * reach) / cells;
      const grid = Float32Array.from({ length: cells }, (_, index) => (index + 0.5) * cell - reach);
      const scorer = await onnxRuntime.load(density(flow, parameters));
      const { logProb } = await scorer.run({ z: rowsOf(grid, 1) });
      await scorer.release();
      const weights = numbersOf(logProb).map((value) => Math.exp(value) * cell);
      const expectation = (f: (z: number) => number) =>
        weights.reduce((total, weight, index) => total + weight * f(grid[index]), 0);
      // Midpoint rule, with cells of 1e-3 at the jumps of the uniform density; the heaviest tail, of more than 5 degrees of
      // freedom, has 1e-9 beyond the reach.
      assertClose([expectation(() => 1)], [1], 1e-3, 'integral');

      const rows = 100_000;
      const sampling = await onnxRuntime.load(sampler(flow, parameters));
      const { z } = await sampling.run({ noise: rowsOf(normalRows(5, 0, rows, flow.noiseColumns), flow.noiseColumns) });
      await sampling.release();
      const sample = numbersOf(z);
      const statistics = {
        z: (x: number) => x,
        '|z|': Math.abs,
        'z > 1': (x: number) => Number(x > 1),
        sine: Math.sin,
      };
      for (const [name, f] of Object.entries(statistics)) {
        const expected = expectation(f);
        const actual = sample.reduce((total, x) => total + f(x), 0) / rows;
        const standardError = Math.sqrt((expectation((x) => f(x) ** 2) - expected ** 2) / rows);
        const distance = Math.abs(actual - expected) / standardError;
        assert.ok(distance < 5, `${name}: ${actual}, expected ${expected}, ${distance} standard errors apart`);
      }
    });

    test('ONNX Runtime gives what the reference gives', async () => {
      const flow = flowOfBase(base, 3);
      const parameters = movedParameters(flow, 0.3);
      const noise = rowsOf(normalRows(6, 0, 64, flow.noiseColumns), flow.noiseColumns);
      const z = rowsOf(Float32Array.from(normalValues(64, 3, 2)), 3);
      const programs: Program<string>[] = [sampler(flow, parameters), density(flow, parameters)];
      for (const program of programs) {
        const executable = await onnxRuntime.load(program);
        const actual = await executable.run({ noise, z });
        await executable.release();
        const expected = await (await reference.load(program)).run({ noise, z });
        // Single precision, of numbers up to some tens.
        for (const [output, tensor] of Object.entries(expected))
          assertClose(numbersOf(actual[output]), numbersOf(tensor), 1e-5, output);
      }
    });

    test('far away the log-density is a number or -Infinity, with finite gradients', async () => {
      const flow = flowOfBase(base, 2);
      const far = Float32Array.from([1e3, -1e6, 1e9, 1e12, -1e15, 0, 1e18, 1e18]);
      const parameters = movedParameters(flow, 0.3);
      const scorer = await onnxRuntime.load(density(flow, parameters));
      const { logProb } = await scorer.run({ z: rowsOf(far, 2) });
      await scorer.release();
      for (const value of numbersOf(logProb)) assert.ok(value < 0, `${value}`);
      const executable = await onnxRuntime.load(slopes(flow, 4));
      const { byRows, byParameters } = await executable.run({ z: rowsOf(far, 2), parameters: vectorOf(parameters) });
      await executable.release();
      for (const value of [...numbersOf(byRows), ...numbersOf(byParameters)])
        assert.ok(Number.isFinite(value), `${value}`);
    });
  });

test('the laws run over every type of base distribution', () => {
  assert.deepEqual([...new Set(baseCases.map(({ type }) => type))].sort(), [...baseTypes.keys()].sort());
});
