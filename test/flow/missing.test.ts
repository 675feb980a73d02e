import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { reference } from '../../src/engine/reference.ts';
import { baseTypes } from '../../src/flow/bases.ts';
import { Flow } from '../../src/flow/flow.ts';
import { sum, transpose } from '../../src/flow/graph/operations.ts';
import { input } from '../../src/flow/graph/tensor.ts';
import { layerTypes } from '../../src/flow/layers.ts';
import { presets } from '../../src/flow/presets.ts';
import { roundTripProgram } from '../../src/flow/programs/round-trip.ts';
import { autoCandidates, resolveFlow } from '../../src/flow/spec.ts';
import { assertClose } from '../support/close.ts';
import { logAbsDeterminant } from '../support/determinant.ts';
import { numbersOf, rowsOf } from '../support/flow-programs.ts';
import {
  combinations,
  gradientsOf,
  gridOf,
  logProbsOf,
  mixedFlowOf,
  moved,
  samplesOf,
  smallNetwork,
  total,
} from '../support/mixed.ts';

const [reverse, swap] = ['reverse', 'swap'].map((kind) => ({ type: 'permutation', kind }));
const coupling = { type: 'coupling', ...smallNetwork };
const autoregressive = { type: 'autoregressive', ...smallNetwork };
const splines = { transform: 'spline', bins: 4 };

/** Each layer and base that allows gaps, at least once. */
const flows: readonly { layers: object[]; base: object }[] = [
  {
    base: { type: 'student-t', learned: true },
    layers: [{ ...coupling, ...splines }, reverse, { type: 'affine', ...smallNetwork }, { ...coupling, ...splines }],
  },
  {
    base: { type: 'normal', learned: true },
    layers: [{ ...autoregressive, ...splines }, swap, { ...autoregressive, inverse: true }, { type: 'scale' }],
  },
  { base: { type: 'normal' }, layers: [coupling, { ...swap, inverse: true }, { type: 'actnorm' }, coupling] },
  {
    base: { type: 'uniform', lower: 0.25, upper: 1 },
    layers: [
      autoregressive,
      { type: 'bounded', columns: [0, 1, 2].map((column) => ({ column, lower: 0.25, upper: 1 })), inverse: true },
    ],
  },
];

const nameOf = ({ layers, base }: (typeof flows)[number]) =>
  [...layers, base].map((part) => ('type' in part ? part.type : '')).join(' ');

describe('over all patterns of gaps a density sums and integrates to 1', () => {
  const plane = gridOf(2, 400, 24);
  const line = gridOf(1, 20_000, 100);
  for (const flowCase of flows)
    test(nameOf(flowCase), async () => {
      const asked = { ...flowCase, layers: flowCase.layers.map(ofTwoColumns) };
      const flow = mixedFlowOf(asked, { columns: 2, categories: [2, 2, 2], gaps: [0, 1] });
      const parameters = moved(flow, 0.2);
      const sumOver = async (rows: number[][]) => total((await logProbsOf(flow, parameters, rows)).map(Math.exp));
      let all = 0;
      for (const [first, second, code] of combinations([2, 2, 2])) {
        const codes = [first, second, code];
        if (first + second === 2) all += plane.volume * (await sumOver(plane.points.map((y) => [...y, ...codes])));
        else if (first === 1) all += line.volume * (await sumOver(line.points.map(([y]) => [y, 0, ...codes])));
        else if (second === 1) all += line.volume * (await sumOver(line.points.map(([y]) => [0, y, ...codes])));
        else all += await sumOver([[0, 0, ...codes]]);
      }
      // The midpoint rule; what lies beyond the grids is less.
      assertClose([all], [1], 1e-3, 'total');
    });
});

const ofTwoColumns = (layer: object) =>
  'columns' in layer && Array.isArray(layer.columns) ? { ...layer, columns: layer.columns.slice(0, 2) } : layer;

/** Rows of three numbers, the first and last of which may be missing, with a discrete variable and a column of context. */
const shape = { columns: 3, context: 1, categories: [2, 2, 3], gaps: [0, 2] };
const patterns = combinations([2, 2]);
const rowOf = ([first, last]: readonly number[], missing: readonly number[] = [0, 0]) => [
  ...[first === 1 ? 0.4 : missing[0], -0.3, last === 1 ? 0.7 : missing[1]],
  ...[first, last, 1, 0.8],
];

for (const flowCase of flows)
  describe(`of ${nameOf(flowCase)}`, () => {
    const flow = mixedFlowOf(flowCase, shape);
    const parameters = moved(flow);

    test('what stands in a missing cell changes nothing', async () => {
      const expected = await logProbsOf(
        flow,
        parameters,
        patterns.map((pattern) => rowOf(pattern)),
      );
      for (const ignored of [
        [3, -7],
        [-1e30, 1e30],
      ])
        assert.deepEqual(
          await logProbsOf(
            flow,
            parameters,
            patterns.map((pattern) => rowOf(pattern, ignored)),
          ),
          expected,
        );
      assert.ok(expected.every(Number.isFinite), `${expected}`);
      assert.equal(new Set(expected).size, patterns.length);
    });

    test('numbers come back from the base, and missing ones stay', async () => {
      const executable = await onnxRuntime.load(roundTripProgram(flow, parameters));
      const rows = Float32Array.from(patterns.flatMap((pattern) => rowOf(pattern)));
      const { error } = await executable.run({ rows: rowsOf(rows, 7) });
      await executable.release();
      // Single precision, through splines.
      assertClose(numbersOf(error), new Array(patterns.length * 6).fill(0), 1e-4);
    });

    test('the gradient is that of central differences', async () => {
      const rows = patterns.map((pattern) => rowOf(pattern));
      const count = flow.parameters.length;
      const places = Array.from({ length: 40 }, (_, index) => Math.floor((index * count) / 40));
      const { gradient, differences } = await gradientsOf(flow, parameters, rows, places);
      assertClose(gradient, differences, 1e-7, 'gradient');
    });

    test('samples have gaps as often as the density says, and 0 in them', async () => {
      const rows = 20_000;
      const all = await samplesOf(flow, parameters, { rows, seed: 4, context: 0.8 });
      const discrete = mixedFlowOf({ layers: [] }, { ...shape, columns: 0, gaps: [] });
      const last = parameters.slice(parameters.length - discrete.parameters.length);
      for (const codes of combinations(shape.categories)) {
        const own = all.filter((row) => codes.every((code, index) => row[3 + index] === code));
        const [logProb] = await logProbsOf(discrete, last, [[...codes, 0.8]]);
        const expected = rows * Math.exp(logProb);
        // Five standard deviations of a binomial count.
        const deviation = Math.sqrt(expected * (1 - Math.exp(logProb)));
        assert.ok(Math.abs(own.length - expected) < 5 * deviation, `${codes}: ${own.length}, expected ${expected}`);
        for (const [y, , z] of own) {
          assert.equal(y === 0, codes[0] === 0);
          assert.equal(z === 0, codes[1] === 0);
        }
      }
    });
  });

const numbers = { lower: 0.25, upper: 1 };
const layersThatAllow: Record<string, object> = {
  coupling: { ...coupling, ...splines },
  autoregressive: { ...autoregressive, ...splines },
  affine: { type: 'affine', ...smallNetwork },
  actnorm: { type: 'actnorm', ...smallNetwork },
  scale: { type: 'scale', ...smallNetwork },
  permutation: { type: 'permutation', order: [1, 3, 0, 2] },
  bounded: { type: 'bounded', columns: [0, 1, 2, 3].map((column) => ({ column, ...numbers })) },
};

test('the cases have every layer that allows gaps', () => {
  const allowing = [...layerTypes.values()].flatMap(({ type, allowsMissing }) => (allowsMissing ? [type] : []));
  assert.deepEqual(Object.keys(layersThatAllow).sort(), allowing.sort());
});

describe('whatever is missing, a layer is a bijection of the observed columns', () => {
  const at = [0.4, 0.9, 0.6, 0.3];
  for (const [name, layer] of Object.entries(layersThatAllow))
    for (const inverse of [false, true])
      test(`${name}${inverse ? ', inverted' : ''}`, async () => {
        const place = { columns: 4, context: 1, categories: [2], gaps: [0], rows: 100, path: '' };
        const { spec } = resolveFlow({ layers: [{ ...layer, inverse }] }, place);
        const flow = new Flow(spec, { columns: 4, context: 1 });
        const x = input('x', 'float32', ['rows', 4]);
        const observed = input('observed', 'float32', ['rows', 4]);
        const context = input('context', 'float32', [1, 'rows']);
        const scope = { ...flow.parameters.fixed(moved(flow)), observed: transpose(observed), context };
        const { z, logDet } = flow.bijector.normalize(transpose(x), scope);
        const outputs = {
          z: transpose(z),
          back: transpose(flow.bijector.generate(z, scope)),
          logDet: logDet ? sum(logDet, [0]) : sum(x, [1]),
        };
        const executable = await reference.load({ inputs: { x, observed, context }, outputs });
        const run = async (values: readonly number[], mask: readonly number[]) => {
          const row = (numbersOfRow: readonly number[]) => rowsOf(Float64Array.from(numbersOfRow), 4);
          const given = { values: Float64Array.of(-0.6), shape: [1, 1] };
          const results = await executable.run({ x: row(values), observed: row(mask), context: given });
          return { z: numbersOf(results.z), back: numbersOf(results.back), logDet: numbersOf(results.logDet) };
        };
        const order: number[] = name === 'permutation' ? (await run([0, 1, 2, 3], [1, 1, 1, 1])).z : [0, 1, 2, 3];
        for (const mask of combinations([2, 2, 2, 2])) {
          const inside = at.map((value, column) => value * mask[column]);
          const own = await run(inside, mask);
          order.forEach((column, index) => void (mask[column] === 0 && assert.equal(own.z[index], 0)));
          // Double precision.
          assertClose(own.back, inside, 1e-9, `${mask} back`);
          const present = [0, 1, 2, 3].filter((column) => mask[column] === 1);
          const results = order.flatMap((column, index) => (mask[column] === 1 ? [index] : []));
          const step = 1e-6;
          const slopes: number[][] = [];
          for (const column of present) {
            const [up, down] = [
              await run(inside.with(column, inside[column] + step), mask),
              await run(inside.with(column, inside[column] - step), mask),
            ];
            slopes.push(results.map((index) => (up.z[index] - down.z[index]) / (2 * step)));
          }
          const expected =
            present.length === 0 ? 0 : logAbsDeterminant(Float64Array.from(slopes.flat()), present.length);
          if (logDet) assertClose(own.logDet, [expected], 1e-7, `${mask} log-determinant`);
          else assertClose([expected], [0], 1e-7, `${mask} log-determinant`);
        }
      });
});

describe('where cells may be missing', () => {
  const place = { columns: 3, categories: [2], gaps: [1], rows: 1000, path: '/flow' };

  for (const type of ['lu', 'householder', 'planar', 'radial', 'sylvester'])
    test(`the layer ${type} is refused, with its path`, () => {
      const layers = [{ type: 'scale' }, { repeat: 2, layers: [{ type }] }];
      assert.throws(() => resolveFlow({ layers }, place), {
        name: 'SpecError',
        path: '/flow/layers/1/layers/0/type',
        message: `"${type}" mixes columns, which cannot be where cells are missing; expected one of coupling, autoregressive, permutation, scale, affine, actnorm, bounded`,
      });
      assert.ok(resolveFlow({ layers }, { ...place, gaps: [] }));
    });

  test('so is a base that is no product over the columns', () => {
    const asked = { base: { type: 'mixture' }, layers: [{ type: 'scale' }] };
    assert.throws(() => resolveFlow(asked, place), {
      path: '/flow/base/type',
      message: /"mixture" mixes columns, .*; expected one of normal, student-t, uniform/,
    });
    const allowing = [...baseTypes.values()].flatMap(({ type, allowsMissing }) => (allowsMissing ? [type] : []));
    assert.deepEqual(allowing, ['normal', 'student-t', 'uniform']);
  });

  test('presets do without layers that mix columns, or are refused', () => {
    for (const [name, { mixesColumns }] of presets)
      if (mixesColumns)
        assert.throws(() => resolveFlow(name, place), { path: '/flow', message: /The preset "\w+" mixes columns/ });
      else assert.ok(resolveFlow(name, place).parameterCount > 0);
    assert.deepEqual(
      autoCandidates(place).map(({ name }) => name),
      ['spline-autoregressive', 'spline', 'maf', 'real-nvp', 'linear'],
    );
  });
});
