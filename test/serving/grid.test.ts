import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GridDensity, type GridRequest, gridDensity } from '../../src/serving/grid.ts';
import { assertClose } from '../support/close.ts';
import { densityOf } from '../support/densities.ts';
import { categoryColumn, numberColumn } from '../support/encodings.ts';
import { exactModel, groups, marginal } from '../support/gaussian-groups.ts';
import { smallNetwork } from '../support/mixed.ts';
import { serveDensity } from '../support/served-density.ts';

const usual = { given: new Map<number, number>(), context: [], samples: 50_000, seed: 1 };
const gridOf = (request: Partial<GridRequest> & Pick<GridRequest, 'axes'>) =>
  gridDensity(exactModel, 'model', { ...usual, ...request });

/**
 * Holds an estimate against the truth wherever that is a twentieth of the peak or more: within 3 standard errors but for one
 * cell in a hundred (of normal errors one in 370 is not), and within 5 everywhere.
 */
function assertEstimate({ density, standardErrors = new Float64Array() }: GridDensity, truth: readonly number[]) {
  const peak = Math.max(...truth);
  const cells = [...truth.keys()].filter((cell) => truth[cell] > peak / 20);
  const scores = cells.map((cell) => Math.abs(density[cell] - truth[cell]) / standardErrors[cell]);
  assert.ok(scores.filter((score) => score > 3).length <= Math.ceil(cells.length / 100), `${scores.sort().slice(-5)}`);
  assert.ok(Math.max(...scores) < 5, `${Math.max(...scores)}`);
}

test('a marginal of one column is estimated within its standard errors', async () => {
  for (const resolution of [20, 100]) {
    const grid = await gridOf({ axes: [{ column: 0, resolution }] });
    const truth = Array.from(grid.axes[0].codes, (x) => marginal([0], [x]));
    assertEstimate(grid, truth);
    // Half a percent of the mass is the error of 0.2 % beyond the range and of the sum over twenty cells.
    assert.ok(Math.abs(grid.integral - 1) < 0.005, `${grid.integral}`);
    const errors = Math.max(...(grid.standardErrors ?? [1]));
    assert.ok(errors < 0.05 * Math.max(...truth), `standard error ${errors}`);
  }
});

test('a marginal of two columns is estimated within its standard errors, y by rows', async () => {
  const range = [-5, 5] as const;
  const grid = await gridOf({
    axes: [
      { column: 0, resolution: 40, range },
      { column: 1, resolution: 30, range },
    ],
  });
  const [{ codes: x }, { codes: y }] = grid.axes;
  assertEstimate(grid, Array.from(y, (second) => Array.from(x, (first) => marginal([0, 1], [first, second]))).flat());
  // Cells are parted into nine bins and have the density of the middle one: the sum is that of a ninth of the samples.
  assert.ok(Math.abs(grid.integral - 1) < 0.015, `${grid.integral}`);
});

test('a column given and others integrated out make a conditional density', async () => {
  for (const w of [0, 1.5]) {
    const grid = await gridOf({ axes: [{ column: 0, resolution: 50 }], given: new Map([[2, w]]) });
    assertEstimate(
      grid,
      Array.from(grid.axes[0].codes, (x) => marginal([0, 2], [x, w]) / marginal([2], [w])),
    );
    assert.ok(grid.effectiveSamples > 1000 && grid.effectiveSamples < 25_000, `${grid.effectiveSamples}`);
  }
  const inGroup = await gridOf({ axes: [{ column: 1, resolution: 50 }], given: new Map([[3, 1]]) });
  assertEstimate(
    inGroup,
    Array.from(inGroup.axes[0].codes, (y) => marginal([1], [y], [groups[1]]) / groups[1].share),
  );
  // As many as the group has, of 50,000: 35,000 with a deviation of 102.
  assert.ok(Math.abs(inGroup.effectiveSamples - 35_000) < 410, `${inGroup.effectiveSamples}`);
});

test('categories have probabilities', async () => {
  const grid = await gridOf({ axes: [{ column: 3, resolution: 50 }] });
  assertEstimate(
    grid,
    groups.map(({ share }) => share),
  );
  assertClose([grid.integral], [1], 1e-12, 'sum');
  const both = await gridOf({
    axes: [
      { column: 0, resolution: 60 },
      { column: 3, resolution: 2 },
    ],
  });
  assert.equal(both.density.length, 120);
  const truth = groups.flatMap((group) => Array.from(both.axes[0].codes, (x) => marginal([0], [x], [group])));
  assertEstimate(both, truth);
});

test('with all other columns given the density is exact, and normalised over the grid', async () => {
  const given = new Map([
    [1, 0.2],
    [2, 1.5],
    [3, 1],
  ]);
  const range = [-5, 6] as const;
  const grid = await gridOf({ axes: [{ column: 0, resolution: 200, range }], given });
  const truth = Array.from(grid.axes[0].codes, (x) => marginal([0, 1, 2], [x, 0.2, 1.5], [groups[1]]));
  const of = marginal([1, 2], [0.2, 1.5], [groups[1]]);
  // The conditional deviation of x is 0.4, seven times a cell: the sum over cells is right to far more digits than these.
  assertClose(
    Array.from(grid.density),
    truth.map((value) => value / of),
    1e-9,
    'density',
  );
  assertClose([grid.logGiven ?? Number.NaN, grid.integral], [Math.log(of), 1], 1e-9, 'given');
  assert.equal(grid.standardErrors, undefined);
});

test('what no sample is near to is refused', async () => {
  const impossible = { axes: [{ column: 0, resolution: 20 }], given: new Map([[3, 2]]) };
  await assert.rejects(gridOf(impossible), { name: 'GridError' });
});

const splines = { transform: 'spline', bins: 4, ...smallNetwork };
const coupled = [
  { type: 'coupling', ...splines },
  { type: 'permutation', kind: 'swap' },
  { type: 'coupling', ...splines },
];

test('a flow over two columns is exact: its log-density at every point, and 1 in all', async () => {
  const density = densityOf([{ layers: coupled }], { columns: [numberColumn(), numberColumn({ lower: 0, upper: 1 })] });
  await using served = await serveDensity(density);
  const axes = [
    { column: 0, resolution: 100, range: [-8, 8] as const },
    { column: 1, resolution: 128, range: [0, 1] as const },
  ];
  const grid = await gridDensity(served.serving, served.id, { ...usual, axes });
  const [x, y] = grid.axes.map(({ codes }) => codes);
  const points = Float64Array.from(Array.from(y, (second) => Array.from(x, (first) => [first, second])).flat(2));
  const logProb = await served.serving.logProb(served.id, points, points.length / 2);
  assertClose(Array.from(grid.density, Math.log), Array.from(logProb), 1e-9, 'log-density');
  assert.ok(Math.abs(grid.integral - 1) < 0.02, `${grid.integral}`);
  const chosen = await gridDensity(served.serving, served.id, {
    ...usual,
    axes: axes.map(({ range, ...axis }) => axis),
  });
  assert.ok(chosen.axes[1].codes.every((code) => code > 0));
  assert.ok(chosen.integral > 0.98 && chosen.integral < 1.01, `${chosen.integral}`);
});

test('integers are at integers, several to a cell where they are many, and a missing category is one', async () => {
  const columns = [numberColumn({ kind: 'integer', location: 50, scale: 20 }), categoryColumn(2, { missing: true })];
  await using served = await serveDensity(densityOf([{ layers: [{ type: 'affine' }] }], { columns }));
  const grid = (resolution: number, range: readonly [number, number]) =>
    gridDensity(served.serving, served.id, {
      ...usual,
      axes: [
        { column: 0, resolution, range },
        { column: 1, resolution: 2 },
      ],
    });
  const fine = await grid(60, [30.5, 70]);
  assert.deepEqual(
    [...fine.axes[0].codes],
    Array.from({ length: 40 }, (_, place) => 31 + place),
  );
  assert.deepEqual([...fine.axes[1].codes], [0, 1, Number.NaN]);
  const coarse = await grid(150, [-250, 350]);
  assert.equal(coarse.axes[0].width, 5);
  assert.ok(coarse.axes[0].codes.every(Number.isInteger));
  // Five integers at the density of the middle one, where the least deviation, without a category, is about 3.
  assert.ok(Math.abs(coarse.integral - 1) < 0.03, `${coarse.integral}`);
});
