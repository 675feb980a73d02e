import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Engine } from '../../../src/engine/engine.ts';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { reference } from '../../../src/engine/reference.ts';
import { type Density, flowsOf, type Member, noiseColumns } from '../../../src/flow/density.ts';
import { continuousEncoding } from '../../../src/flow/encoding/encoding.ts';
import { type BaseSpec, Flow } from '../../../src/flow/flow.ts';
import { encodeOnnx } from '../../../src/flow/graph/onnx.ts';
import { abs, add, cast, div, greater, max, min, mul, sub, sum, where } from '../../../src/flow/graph/operations.ts';
import type { Program } from '../../../src/flow/graph/program.ts';
import { constant, input, type Tensor } from '../../../src/flow/graph/tensor.ts';
import { logProbProgram } from '../../../src/flow/programs/log-prob.ts';
import { sampleProgram } from '../../../src/flow/programs/sample.ts';
import { normalRows } from '../../../src/flow/random/stream.ts';
import { resolveFlow } from '../../../src/flow/spec.ts';
import { assertClose } from '../../support/close.ts';
import { numbersOf, rowsOf } from '../../support/flow-programs.ts';
import { movedParameters, normalValues } from '../../support/flows.ts';

function memberOf(flow: object, { columns, context = 0 }: { columns: number; context?: number }): Member {
  const { spec } = resolveFlow(flow, { columns, context, rows: 1000, path: '' });
  return { spec, parameters: movedParameters(new Flow(spec, { columns, context }), 0.2) };
}

/** Three members with noise of different widths; the last has no density outside a box. */
function ensembleOf(columns: number, context = 0): Density {
  const size = { columns, context };
  const network = { hidden: [8], activation: 'tanh' };
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  const names = {
    columns: numbers(columns).map((index) => `x${index}`),
    context: numbers(context).map((index) => `c${index}`),
  };
  return {
    ...names,
    encoding: continuousEncoding(names.columns, names.context, {
      location: numbers(columns + context).map((index) => 3 - index),
      scale: numbers(columns + context).map((index) => 0.5 + index),
    }),
    members: [
      memberOf(
        {
          layers: [
            { type: 'affine', ...network },
            { type: 'planar', ...network },
          ],
        },
        size,
      ),
      memberOf({ base: { type: 'mixture', components: 3 }, layers: [{ type: 'autoregressive', ...network }] }, size),
      memberOf({ base: { type: 'uniform', lower: -1, upper: 1 }, layers: [{ type: 'affine', ...network }] }, size),
    ],
  };
}

const single = (density: Density, member: number): Density => ({ ...density, members: [density.members[member]] });
const eachAlone = (density: Density) => density.members.map((_, member) => single(density, member));

async function run(engine: Engine, program: Program<string>, inputs: Parameters<typeof rowsOf>[0][], widths: number[]) {
  const executable = await engine.load(program);
  const names = Object.keys(program.inputs);
  const results = await executable.run(
    Object.fromEntries(names.map((name, index) => [name, rowsOf(inputs[index], widths[index])])),
  );
  await executable.release();
  return numbersOf(results[Object.keys(program.outputs)[0]]);
}

const logProbs = (density: Density, rows: Float64Array, engine: Engine = onnxRuntime) =>
  run(engine, logProbProgram(density), [rows], [density.columns.length + density.context.length]);

function samples(density: Density, noise: Float32Array, width: number, context?: Float64Array): Promise<number[]> {
  const own = noiseColumns(density);
  const ofOwn = noise.filter((_, index) => index % width < own);
  const given = context ? [context] : [];
  return run(onnxRuntime, sampleProgram(density), [ofOwn, ...given], [own, density.context.length]);
}

for (const [name, engine] of Object.entries({ onnxRuntime, reference }))
  for (const context of [0, 2])
    test(`${name}: the density of an ensemble is the mean of its members', given ${context} columns`, async () => {
      const density = ensembleOf(2, context);
      const rows = normalValues(300, 2 + context, 2);
      const ofMembers = await Promise.all(eachAlone(density).map((member) => logProbs(member, rows, engine)));
      assert.ok(ofMembers[2].includes(Number.NEGATIVE_INFINITY) && ofMembers[2].some(Number.isFinite));
      const expected = ofMembers[0].map((_, row) =>
        Math.log(ofMembers.reduce((total, values) => total + Math.exp(values[row]), 0) / 3),
      );
      // Both in double precision, from the same members' numbers.
      assertClose(await logProbs(density, rows, engine), expected, 1e-12, 'log-density');
    });

test('it is exact where every member has next to none, and -Infinity where none has any', async () => {
  const baseOnly = (base: BaseSpec) => ({ spec: { base, layers: [] }, parameters: new Float32Array() });
  const box = (lower: number, upper: number) => baseOnly({ type: 'uniform', lower, upper });
  const boxes = {
    columns: ['x'],
    context: [],
    encoding: continuousEncoding(['x'], [], { location: [0], scale: [1] }),
    members: [box(0, 1), box(0.5, 4.5)],
  };
  const of = (share: number) => Math.log(share);
  assertClose(
    await logProbs(boxes, Float64Array.of(-3, 0.25, 0.75, 4, 5, 1e300)),
    [-Infinity, of(1 / 2), of(1 / 2 + 1 / 8), of(1 / 8), -Infinity, -Infinity],
    1e-7,
    'log-density',
  );
  const normal = baseOnly({ type: 'normal' });
  const twice = { ...boxes, members: [normal, normal] };
  const far = Float64Array.of(50, -1e4, 1e12);
  assert.deepEqual(await logProbs(twice, far), await logProbs(single(twice, 0), far));
});

test('in one dimension it integrates to 1', async () => {
  const density = ensembleOf(1);
  const [cells, reach] = [400_000, 100];
  const cell = (2 * reach) / cells;
  const rows = Float64Array.from({ length: cells }, (_, index) => 3 + (index + 0.5) * cell - reach);
  const total = (await logProbs(density, rows)).reduce((sum, value) => sum + Math.exp(value) * cell, 0);
  // The midpoint rule, with cells of 5e-4 at the jumps of the uniform member.
  assertClose([total], [1], 1e-3, 'integral');
});

describe('a sample of an ensemble', () => {
  for (const context of [0, 2])
    test(`is its chosen member's own, of each member equally often, given ${context} columns`, async () => {
      const density = ensembleOf(2, context);
      const rows = 9000;
      const width = noiseColumns(density);
      assert.equal(width, Math.max(...flowsOf(density).map((flow) => flow.noiseColumns)) + 1);
      const noise = normalRows(7, 0, rows, width);
      const given = context > 0 ? normalValues(rows, context) : undefined;
      const drawn = await samples(density, noise, width, given);
      const own = await Promise.all(eachAlone(density).map((member) => samples(member, noise, width, given)));
      const counts = [0, 0, 0];
      for (let row = 0; row < rows; row++) {
        const chosen = own.findIndex((values) =>
          [0, 1].every((column) => values[2 * row + column] === drawn[2 * row + column]),
        );
        assert.notEqual(chosen, -1, `row ${row} is no member's`);
        counts[chosen]++;
      }
      // Five standard deviations of a binomial count.
      const deviation = Math.sqrt((rows * (1 / 3) * 2) / 3);
      for (const count of counts) assert.ok(Math.abs(count - rows / 3) < 5 * deviation, `${counts}`);
    });

  test('is chosen by the last column of the noise, by thirds of the normal distribution', async () => {
    const density = ensembleOf(2);
    const width = noiseColumns(density);
    const noise = normalRows(1, 0, 4, width);
    // The quantiles of 1/3 and 2/3 are -0.43073 and 0.43073.
    for (const [row, choice] of [-0.4308, -0.4307, 0.4307, 0.4308].entries()) noise[row * width + width - 1] = choice;
    const drawn = await samples(density, noise, width);
    const own = await Promise.all(eachAlone(density).map((member) => samples(member, noise, width)));
    const expected = [0, 1, 1, 2].flatMap((member, row) => own[member].slice(2 * row, 2 * row + 2));
    assert.deepEqual(drawn, expected);
  });
});

describe('an ensemble of one', () => {
  const density = single(ensembleOf(2, 1), 1);
  const [flow] = flowsOf(density);
  const scope = flow.parameters.fixed(density.members[0].parameters);
  const location = (first: number, end: number) => row([3, 2, 1].slice(first, end));
  const scale = (first: number, end: number) => row([0.5, 1.5, 2.5].slice(first, end));

  /** Plain columns have always been standardised so: what was stored or exported before must not change in its digits. */
  function standardized(x: Tensor, first: number, end: number) {
    const exact = div(sub(x, location(first, end)), scale(first, end));
    const outside = cast(greater(abs(exact), 1e12), 'float64');
    return { u: cast(max(min(exact, 1e12), -1e12), 'float32'), beyond: greater(sum(outside, [1]), 0) };
  }

  test('scores as its flow does, in the same bytes of ONNX', () => {
    const rows = input('rows', 'float64', ['rows', 3]);
    const { u, beyond } = standardized(rows, 0, 3);
    const inUserUnits = add(cast(flow.logProb(u, scope), 'float64'), -(Math.log(0.5) + Math.log(1.5)));
    const plain = { inputs: { rows }, outputs: { logProb: where(beyond, Number.NEGATIVE_INFINITY, inUserUnits) } };
    assert.deepEqual(encodeOnnx(logProbProgram(density), ''), encodeOnnx(plain, ''));
  });

  test('samples as its flow does, in the same bytes of ONNX', () => {
    assert.equal(noiseColumns(density), flow.noiseColumns);
    const noise = input('noise', 'float32', ['rows', flow.noiseColumns]);
    const context = input('context', 'float64', ['rows', 1]);
    const u = flow.sample(noise, scope, standardized(context, 2, 3).u);
    const rows = add(mul(cast(u, 'float64'), scale(0, 2)), location(0, 2));
    const plain = { inputs: { noise, context }, outputs: { rows } };
    assert.deepEqual(encodeOnnx(sampleProgram(density), ''), encodeOnnx(plain, ''));
  });
});

const row = (values: readonly number[]) => constant(Float64Array.from(values), [values.length]);
