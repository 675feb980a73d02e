import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ordinaryRows, resolution, splitTable, spreadTies } from '../../bench/density/tables.ts';
import { drawRows, type ToyTable, toyTables } from '../../bench/density/toy-tables.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';

describe('Toy tables', () => {
  for (const toy of toyTables) {
    test(`${toy.name}: the density integrates to 1, and rows are drawn from it`, () => {
      const { mass, squared } = integrals(toy);
      // The window leaves a little out.
      assert.ok(Math.abs(mass - 1) < 5e-3, `the density integrates to ${mass}`);
      const rows = drawRows(toy, 2000, new RandomStream(7, 'noise'));
      const densities = Array.from({ length: rows.length / 2 }, (_, row) =>
        Math.exp(toy.logDensity(rows[2 * row], rows[2 * row + 1])),
      );
      const mean = densities.reduce((total, value) => total + value, 0) / densities.length;
      const variance = densities.reduce((total, value) => total + (value - mean) ** 2, 0) / densities.length;
      const deviations = (mean - squared) / (Math.sqrt(variance / densities.length) + 1e-3 * squared);
      assert.ok(Math.abs(deviations) < 4, `the mean density of rows is ${mean}, of the density itself ${squared}`);
    });
  }
});

/** The integrals of p and of p^2 over the window, by the midpoint rule. */
function integrals({ window: [left, right, bottom, top], logDensity }: ToyTable): { mass: number; squared: number } {
  // A multiple of the 18 half squares across the window of the checkerboard.
  const cells = 108;
  let [mass, squared] = [0, 0];
  for (let i = 0; i < cells; i++)
    for (let j = 0; j < cells; j++) {
      const x = left + ((i + 0.5) * (right - left)) / cells;
      const y = bottom + ((j + 0.5) * (top - bottom)) / cells;
      const density = Math.exp(logDensity(x, y));
      mass += density;
      squared += density ** 2;
    }
  const area = ((right - left) * (top - bottom)) / cells ** 2;
  return { mass: mass * area, squared: squared * area };
}

describe('Tables', () => {
  test('anomalies and columns that do not vary among ordinary rows are left out', () => {
    const records = [
      ['x1', 'x2', 'anomaly', 'x3'],
      ['1', '5', '0', '0.5'],
      ['2', '5', '0', '0.25'],
      ['9', '6', '1', '9'],
    ];
    const rows = ordinaryRows(records, 'a table');
    assert.deepEqual(rows.columns, ['x1', 'x3']);
    assert.deepEqual([...rows.values], [1, 0.5, 2, 0.25]);
  });

  test('what is no number is named', () => {
    const records = [
      ['x1', 'x2', 'anomaly'],
      ['1', '2', '0'],
      ['2', 'many', '0'],
    ];
    assert.throws(() => ordinaryRows(records, 'a table'), /a table: .* ordinary row 2 has another in "x2"/);
    assert.throws(() => ordinaryRows([['x1']], 'a table'), /expected a column "anomaly"; got x1/);
  });

  test('the resolution is the median of the smaller gaps, of values with ties', () => {
    assert.equal(resolution(Float64Array.of(0, 0, 1, 3, 7)), 1);
    assert.equal(resolution(Float64Array.of(0, 10, 10, 30, 70, 70, 70)), 20);
    assert.equal(resolution(Float64Array.of(0, 1, 3, 7)), 0);
  });

  test('ties are spread within half a resolution; columns without ties stay as they are', () => {
    const columns = ['tied', 'free'];
    const values = Float64Array.from({ length: 400 }, (_, index) => (index % 2 === 0 ? (index / 2) % 5 : index));
    const spread = spreadTies({ values, columns }, new RandomStream(0, 'noise'));
    const tied = spread.values.filter((_, index) => index % 2 === 0);
    assert.equal(new Set(tied).size, tied.length);
    spread.values.forEach((value, index) => {
      assert.ok(index % 2 === 0 ? Math.abs(value - values[index]) < 0.5 : value === values[index]);
    });
  });

  test('of 100 rows 70 are for training, in units of their own deviations', () => {
    const values = Float64Array.from({ length: 100 }, (_, row) => row ** 2);
    const { training, validation, test: testRows } = splitTable({ values, columns: ['x'] }, 1);
    assert.deepEqual(
      [training, validation, testRows].map(({ shape }) => shape[0]),
      [70, 15, 15],
    );
    const mean = Array.from(training.values, Number).reduce((total, value) => total + value, 0) / 70;
    assert.ok(Math.abs(mean) < 1e-6);
  });
});
