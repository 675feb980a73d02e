import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { noiseColumns } from '../../src/flow/density.ts';
import { normalQuantile } from '../../src/flow/distributions/normal-quantile.ts';
import { presets } from '../../src/flow/presets.ts';
import { normalRows } from '../../src/flow/random/stream.ts';
import { lineVertices } from '../../src/serving/steps/base-grid.ts';
import { type Steps, type StepsRequest, stepsOf } from '../../src/serving/steps/steps.ts';
import { assertClose } from '../support/close.ts';
import { densityOf } from '../support/densities.ts';
import { categoryColumn, numberColumn } from '../support/encodings.ts';
import { smallNetwork } from '../support/mixed.ts';
import { type ServedDensity, serveDensity } from '../support/served-density.ts';

/** Not a whole number of blocks, and more than are carried in one run. */
const n = 1500;
const usual = {
  member: 0,
  columns: [0, 1],
  isFollowed: false,
  samples: n,
  seed: 5,
  context: [],
  lines: 5,
  gridShape: 'squares',
} as const;
const asked = (request: Partial<StepsRequest> = {}): StepsRequest => ({ ...usual, categories: new Map(), ...request });
const numbers = (text: string): (number | null)[] => JSON.parse(`[${text}]`);
const last = ({ states }: Steps) => numbers(states[states.length - 1].points);

describe('a mixture of all presets', () => {
  const density = densityOf(
    [...presets.values()].map((preset) => preset.spec({ columns: 3, rows: 400 }) as { layers: object[] }),
    { columns: [numberColumn({ location: 1e6, scale: 0.5 }), numberColumn(), numberColumn({ scale: 100 })] },
    0.1,
  );
  let served: ServedDensity;
  let samples: Float64Array;
  before(async () => {
    served = await serveDensity(density);
    samples = await served.serving.sample(served.id, { n, seed: 5 });
  });
  after(() => served[Symbol.asyncDispose]());

  for (const [member, name] of [...presets.keys()].entries())
    test(`${name}: the last states are the rows that sampling gives where it chooses this flow, and go back as they came`, async () => {
      const there = await stepsOf(served.serving, served.id, asked({ member, columns: [0, 2] }));
      assert.equal(there.states.length, density.members[member].spec.layers.length + 2);
      for (const { points, grid } of there.states) {
        assert.equal(numbers(points).length, 2 * n);
        assert.equal(numbers(grid).length, 2 * 2 * 5 * lineVertices);
      }
      const width = noiseColumns(density);
      const noise = normalRows(5, 0, n, width);
      const k = density.members.length;
      const isChosen = (row: number) => {
        const choice = noise[row * width + width - 1];
        return choice > normalQuantile(member / k) && choice <= normalQuantile((member + 1) / k);
      };
      const rows = Array.from({ length: n }, (_, row) => row).filter(isChosen);
      assert.ok(rows.length > 50);
      const ends = last(there);
      // Single precision, by programs that are compiled apart, in units of the columns' scales; rounded to 1e-5 of their spread.
      const scaled = (x: number, z: number) => [(x - 1e6) / 0.5, z / 100];
      assertClose(
        rows.flatMap((row) => scaled(Number(ends[2 * row]), Number(ends[2 * row + 1]))),
        rows.flatMap((row) => scaled(samples[3 * row], samples[3 * row + 2])),
        1e-3,
        'rows',
      );
      const chosen = Float64Array.from(rows.flatMap((row) => [...samples.subarray(3 * row, 3 * row + 3)]));
      const back = await stepsOf(served.serving, served.id, asked({ member, columns: [0, 2], rows: chosen }));
      assert.deepEqual(back.grid, there.grid);
      for (const [step, { points }] of back.states.entries()) {
        const known = numbers(there.states[step].points);
        const expected = rows.flatMap((row) => [Number(known[2 * row]), Number(known[2 * row + 1])]);
        // Single precision, through up to 33 layers with slopes from 1e-3 on.
        if (step <= density.members[member].spec.layers.length)
          assertClose(numbers(points).map(Number), expected, 5e-3, `step ${step}`);
      }
    });

  test('columns are followed through permutations, or these are shown', async () => {
    const member = [...presets.keys()].indexOf('real-nvp');
    const [shown, kept] = await Promise.all(
      [false, true].map((isFollowed) => stepsOf(served.serving, served.id, asked({ member, isFollowed }))),
    );
    const planes = ({ states }: Steps) => states.map(({ plane }) => plane.join());
    assert.deepEqual(new Set(planes(shown)), new Set(['0,1']));
    assert.ok(new Set(planes(kept)).size > 1);
    assert.deepEqual(last(kept), last(shown));
    for (const [step, { layer, points }] of kept.states.entries())
      if (layer?.spec.type === 'permutation') assert.equal(points, kept.states[step - 1].points);
  });
});

test('the lines of planar layers are where their own grid says that they are', async () => {
  const planar = densityOf([{ layers: [{ type: 'planar' }] }], { columns: [numberColumn(), numberColumn()] }, 0.8);
  await using served = await serveDensity(planar);
  const { states } = await stepsOf(served.serving, served.id, asked());
  const [{ normal, offset, stretch }] = states[1].hyperplanes;
  assert.ok(stretch > 0 && Math.abs(Math.log(stretch)) > 0.01);
  const [before, behind] = states.map(({ grid }) => numbers(grid).map(Number));
  // The layer moves points by u_hat tanh(w.x + b): to the one side of its line this way, to the other side that way.
  const sides = Array.from({ length: before.length / 2 }, (_, at) => {
    const [x, y] = [behind[2 * at], behind[2 * at + 1]];
    const distance = normal[0] * x + normal[1] * y + offset;
    const moved = normal[0] * (x - before[2 * at]) + normal[1] * (y - before[2 * at + 1]);
    return Math.abs(distance) < 1e-3 ? 0 : Math.sign(distance * moved);
  });
  assert.deepEqual(new Set(sides.filter((side) => side !== 0)), new Set([stretch > 1 ? 1 : -1]));
});

test('of columns of every kind the grid stands for the commonest categories, or those given, and gaps are no points', async () => {
  const density = densityOf(
    [
      {
        layers: [
          { type: 'affine', ...smallNetwork },
          { type: 'permutation', kind: 'reverse' },
        ],
      },
    ],
    {
      columns: [
        numberColumn({ missing: true }),
        categoryColumn(3),
        numberColumn({ lower: 0, upper: 1, missing: true }),
      ],
      context: [categoryColumn(2)],
    },
    0.8,
  );
  await using served = await serveDensity(density);
  const request = asked({ columns: [0, 2], context: [1], samples: 400 });
  const steps = await stepsOf(served.serving, served.id, request);
  const samples = await served.serving.sample(served.id, { n: 400, seed: 5, context: [1] });
  const counts = [0, 0, 0];
  for (let row = 0; row < 400; row++) {
    counts[samples[3 * row + 1]]++;
    const hasGap = Number.isNaN(samples[3 * row]) || Number.isNaN(samples[3 * row + 2]);
    for (const { points } of [steps.states[0], steps.states[3]])
      assert.equal(numbers(points)[2 * row] === null, hasGap, `row ${row}`);
  }
  assert.deepEqual([...steps.gridCategories], [[1, counts.indexOf(Math.max(...counts))]]);
  const given = await stepsOf(served.serving, served.id, { ...request, categories: new Map([[1, 2]]) });
  assert.deepEqual([...given.gridCategories], [[1, 2]]);
  const inside = numbers(given.states[3].grid).filter((_, index) => index % 2 === 1);
  assert.ok(inside.every((y) => y !== null && y >= 0 && y <= 1));
});
