import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { reference } from '../../../src/engine/reference.ts';
import { tensorflow } from '../../../src/engine/tensorflow.ts';
import { type Density, noiseColumns } from '../../../src/flow/density.ts';
import { logProbProgram } from '../../../src/flow/programs/log-prob.ts';
import { sampleProgram } from '../../../src/flow/programs/sample.ts';
import { normalRows } from '../../../src/flow/random/stream.ts';
import { assertClose } from '../../support/close.ts';
import { densityOf } from '../../support/densities.ts';
import { categoryColumn, numberColumn, onRows } from '../../support/encodings.ts';
import { numbersOf, rowsOf } from '../../support/flow-programs.ts';
import { combinations, smallNetwork, total } from '../../support/mixed.ts';

const spline = { base: { type: 'student-t' }, layers: [{ type: 'coupling', transform: 'spline', ...smallNetwork }] };
const affine = { layers: [{ type: 'autoregressive', ...smallNetwork }] };
const none = Number.NaN;

async function logProbs(density: Density, rows: readonly (readonly number[])[], engine = onnxRuntime) {
  const width = density.columns.length + density.context.length;
  return (await onRows(logProbProgram(density), Float64Array.from(rows.flat()), width, engine)).logProb;
}

const probabilities = async (density: Density, rows: readonly (readonly number[])[]) =>
  (await logProbs(density, rows)).map(Math.exp);

/** Rows [count, columns] drawn, given the same context for all. */
async function samples(density: Density, count: number, context: readonly number[] = []): Promise<number[][]> {
  const executable = await onnxRuntime.load(sampleProgram(density));
  const width = noiseColumns(density);
  const noise = rowsOf(normalRows(11, 0, count, width), width);
  const given = Float64Array.from({ length: count * context.length }, (_, index) => context[index % context.length]);
  const inputs = { noise, ...(context.length > 0 && { context: rowsOf(given, context.length) }) };
  const values = numbersOf((await executable.run(inputs)).rows);
  await executable.release();
  const columns = density.columns.length;
  return Array.from({ length: count }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}

/** Midpoints between two numbers, and how far apart they are. */
function between(lower: number, upper: number, cells: number) {
  const size = (upper - lower) / cells;
  return { size, points: Array.from({ length: cells }, (_, cell) => lower + (cell + 0.5) * size) };
}

/** The integral of a density of one column over an interval, by the midpoint rule. */
async function integral(density: Density, lower: number, upper: number, cells: number): Promise<number> {
  const { size, points } = between(lower, upper, cells);
  const values = await probabilities(
    density,
    points.map((x) => [x]),
  );
  return size * total(values);
}

describe('a column with bounds', () => {
  test('has a density that integrates to 1 between two bounds and is zero outside', async () => {
    const density = densityOf([spline], { columns: [numberColumn({ lower: 0, upper: 1, scale: 0.7 })] });
    assertClose([await integral(density, 0, 1, 100_000)], [1], 1e-3);
    assert.deepEqual(
      await logProbs(density, [[0], [1], [-0.1], [1.1], [1e300], [none]]),
      new Array(6).fill(Number.NEGATIVE_INFINITY),
    );
    const near = await logProbs(density, [[2 ** -1000], [1 - 2 ** -53], [1e-9]]);
    assert.ok(near.every(Number.isFinite), `${near}`);
  });

  test('has one that integrates to 1 above one bound', async () => {
    const density = densityOf([affine], { columns: [numberColumn({ lower: -3, location: 0.5, scale: 0.6 })] });
    assertClose([await integral(density, -3, 500, 500_000)], [1], 1e-3);
  });
});

describe('a column of integers', () => {
  test('has probabilities that sum to 1', async () => {
    // One in a hundred standard deviations: the density is as good as constant from one to the next.
    const density = densityOf([spline], { columns: [numberColumn({ kind: 'integer', location: 7, scale: 100 })] });
    const all = Array.from({ length: 20_001 }, (_, index) => [index - 10_000]);
    assertClose([total(await probabilities(density, all))], [1], 1e-3);
  });

  test('and so within bounds', async () => {
    const column = numberColumn({ kind: 'integer', lower: 0, upper: 999 });
    const density = densityOf([affine], { columns: [column] }, 0.1);
    const all = Array.from({ length: 1000 }, (_, index) => [index]);
    const each = await logProbs(density, all);
    assert.ok(each.every(Number.isFinite));
    assertClose([total(each.map(Math.exp))], [1], 1e-3);
    assert.deepEqual(await logProbs(density, [[-1], [1000], [3.5]]), new Array(3).fill(Number.NEGATIVE_INFINITY));
  });
});

/** Numbers with bounds and with gaps, categories with and without. */
const columns = [
  categoryColumn(2),
  numberColumn({ lower: 0, upper: 2, missing: true }),
  categoryColumn(2, { missing: true }),
  numberColumn({ lower: -1, scale: 0.5 }),
];
/** All values that a row may have, with what each stands for: an area, a length, or itself. */
function allRows(cells: number): { rows: number[][]; measures: number[] } {
  const first = between(0, 2, cells);
  // Evenly in the logarithm of the distance from the bound.
  const second = between(-7, 7, 2 * cells);
  const rows: number[][] = [];
  const measures: number[] = [];
  for (const [a, c] of combinations([2, 3]))
    for (const logDistance of second.points) {
      const code = c === 2 ? none : c;
      const distance = Math.exp(logDistance);
      const y = distance - 1;
      const length = second.size * distance;
      for (const x of first.points) {
        rows.push([a, x, code, y]);
        measures.push(first.size * length);
      }
      rows.push([a, none, code, y]);
      measures.push(length);
    }
  return { rows, measures };
}

describe('a density of columns of every kind', () => {
  const context = [categoryColumn(2, { missing: true }), numberColumn({ missing: true, lower: 0 })];
  const density = densityOf([spline, affine], { columns, context }, 0.2);

  for (const given of [
    [0, 0.5],
    [none, 3],
    [1, none],
  ])
    test(`sums and integrates to 1, given ${given}`, async () => {
      const { rows, measures } = allRows(120);
      const values = await probabilities(
        density,
        rows.map((row) => [...row, ...given]),
      );
      // The midpoint rule; what lies beyond the grid is less.
      assertClose([total(values.map((value, row) => value * measures[row]))], [1], 1e-3);
    });

  test('depends on the context, and on whether a cell of it is missing', async () => {
    const row = [0, 0.5, 1, 0];
    const values = await logProbs(density, [
      [...row, 0, 1],
      [...row, none, 1],
      [...row, 0, none],
      [...row, none, none],
    ]);
    assert.equal(new Set(values).size, 4);
    assert.ok(values.every(Number.isFinite), `${values}`);
  });

  test('is zero where a cell cannot be what it is, of the context too', async () => {
    const row = [0, 0.5, 1, 0, 1, 1];
    const wrong = [row.with(0, none), row.with(0, 2), row.with(1, 2), row.with(2, 2), row.with(3, none)];
    const wrongContext = [row.with(4, 0.5), row.with(5, 0), row.with(5, -1)];
    const values = await logProbs(density, [...wrong, ...wrongContext, row]);
    assert.deepEqual(values.slice(0, -1), new Array(8).fill(Number.NEGATIVE_INFINITY));
    assert.ok(Number.isFinite(values[8]));
  });

  for (const [name, engine] of Object.entries({ reference, tensorflow }))
    test(`is what ${name} finds`, async () => {
      const rows = [
        [0, 0.5, 1, 0, 1, 1],
        [1, none, none, 4, none, 2],
        [1, 1.99, 0, -0.99, 0, none],
        [2, 0.5, 1, 0, 1, 1],
      ];
      // The runtimes compute in single precision.
      assertClose(await logProbs(density, rows), await logProbs(density, rows, engine), 1e-4);
    });

  test('draws rows that it could score, as often as it says', async () => {
    const given = [1, 0.7];
    const drawn = await samples(density, 20_000, given);
    const scores = await logProbs(
      density,
      drawn.map((row) => [...row, ...given]),
    );
    assert.ok(scores.every(Number.isFinite));
    const { rows, measures } = allRows(80);
    const values = await probabilities(
      density,
      rows.map((row) => [...row, ...given]),
    );
    const events: Record<string, (row: readonly number[]) => boolean> = {
      'second category': ([a]) => a === 1,
      'number missing': ([, x]) => Number.isNaN(x),
      'category missing': ([, , c]) => Number.isNaN(c),
      'both missing': ([, x, c]) => Number.isNaN(x) && Number.isNaN(c),
      'number small, if it is there': ([, x]) => x < 0.8,
      'last number small, of the first category': ([a, , , y]) => a === 0 && y < 0,
      'gap beside a small number': ([, x, , y]) => Number.isNaN(x) && y < 0,
    };
    for (const [name, holds] of Object.entries(events)) {
      const expected = total(values.map((value, row) => (holds(rows[row]) ? value * measures[row] : 0)));
      const frequency = drawn.filter(holds).length / drawn.length;
      // Five standard deviations of a binomial frequency, and the error of the midpoint rule.
      const allowed = 5 * Math.sqrt((expected * (1 - expected)) / drawn.length) + 2e-3;
      assert.ok(Math.abs(frequency - expected) < allowed, `${name}: ${frequency}, expected ${expected}`);
    }
  });
});

test('a density of discrete columns alone is a table of probabilities', async () => {
  const density = densityOf([affine, spline], { columns: [categoryColumn(3), categoryColumn(2, { missing: true })] });
  const rows = combinations([3, 3]).map(([a, b]) => [a, b === 2 ? none : b]);
  const values = await probabilities(density, rows);
  assertClose([total(values)], [1], 1e-6);
  const count = 20_000;
  const drawn = await samples(density, count);
  for (const [index, [a, b]] of rows.entries()) {
    const own = drawn.filter((row) => row[0] === a && Object.is(row[1], b)).length;
    const deviation = Math.sqrt(count * values[index] * (1 - values[index]));
    assert.ok(Math.abs(own - count * values[index]) < 5 * deviation, `${a}, ${b}: ${own}`);
  }
});

test('a cell that is filled counts as what it is filled with', async () => {
  const filled = [numberColumn({ fill: 0.5, lower: 0 }), categoryColumn(3, { fill: 2 })];
  const density = densityOf([affine], { columns: filled });
  const [filledIn, asItIs] = await logProbs(density, [
    [none, none],
    [0.5, 2],
  ]);
  assert.equal(filledIn, asItIs);
});
