import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { uniformity } from '../../src/statistics/kolmogorov.ts';
import {
  type Calibration,
  conditionalCalibration,
  marginalCalibration,
} from '../../src/training/judging/calibration.ts';
import { normalTable, tableBy, tableOf } from '../support/samples.ts';

const noise = (seed: number) => new RandomStream(seed, 'noise');
const evaluation = (seed = 0) => new RandomStream(seed, 'evaluation');

/** [1000, 1]: 0, 1, .. 999. */
const ramp = tableOf(Array.from({ length: 1000 }, (_, index) => [index]));

function assertProbabilities({ columns }: Calibration): void {
  for (const { pValue, statistic, coverage, histogram } of columns)
    for (const value of [pValue, statistic, ...coverage.map(({ observed }) => observed), ...histogram])
      assert.ok(Number.isFinite(value) && value >= 0, `${value}`);
}

describe('marginal calibration', () => {
  test('ranks, coverage and histogram are those worked out by hand', () => {
    // Transforms near 0.0105, 0.3105, 0.5105 and 0.9605, wherever in their cell of 1/1001 they fall.
    const { columns } = marginalCalibration(['x'], tableOf([[9.5], [309.5], [509.5], [960.5]]), ramp, evaluation());
    const [{ column, statistic, coverage, histogram }] = columns;
    assert.equal(column, 'x');
    // The largest distance is at the third: 3/4 of the values are at or below 0.5105.
    assert.ok(Math.abs(statistic - (0.75 - 0.5105)) < 1 / 1001, `${statistic}`);
    assert.deepEqual(coverage, [
      { level: 0.5, observed: 0.5 },
      { level: 0.8, observed: 0.5 },
      { level: 0.9, observed: 0.5 },
      { level: 0.95, observed: 0.75 },
    ]);
    assert.deepEqual(histogram, [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test('values beyond all samples are in the outermost bins', () => {
    const { columns } = marginalCalibration(['x'], tableOf([[-1e30], [1e30]]), ramp, evaluation());
    assert.deepEqual([columns[0].histogram.at(0), columns[0].histogram.at(-1)], [1, 1]);
  });

  test('columns after the modelled ones are not looked at', () => {
    const test = normalTable(noise(1), 50, 2);
    const samples = normalTable(noise(2), 200, 1);
    const first = tableOf(Array.from({ length: 50 }, (_, row) => [test.values[2 * row]]));
    assert.deepEqual(
      marginalCalibration(['x'], test, samples, evaluation()),
      marginalCalibration(['x'], first, samples, evaluation()),
    );
  });

  test('p-values of a right model are uniform, also where few values are possible', () => {
    for (const number of [(r: RandomStream) => r.normal(), (r: RandomStream) => r.below(3)]) {
      const random = noise(3);
      const pValues: number[] = [];
      let uncalibrated = 0;
      for (let table = 0; table < 40; table++) {
        const names = Array.from({ length: 10 }, (_, index) => `c${index}`);
        const [test, samples] = [100, 1000].map((rows) => tableBy(() => number(random), rows, 10));
        const { columns, calibrated } = marginalCalibration(names, test, samples, evaluation(table));
        pValues.push(...columns.map(({ pValue }) => pValue));
        if (!calibrated) uncalibrated++;
      }
      // 1.95 / sqrt 400: uniform p-values exceed it once in a thousand seeds.
      const { statistic } = uniformity(Float64Array.from(pValues));
      assert.ok(statistic < 0.0975, `${statistic}`);
      // Binomial with n = 40 and p <= 0.01: four or more have a probability under 0.001.
      assert.ok(uncalibrated < 4, `${uncalibrated}`);
    }
  });

  test('a shifted, a narrow and a wide column are found beside a right one', () => {
    const test = normalTable(noise(4), 1000, 4);
    const samples = normalTable(noise(5), 5000, 4);
    const changes = [(z: number) => z, (z: number) => z + 0.3, (z: number) => 0.7 * z, (z: number) => 1.4 * z];
    const changed = { ...samples, values: samples.values.map((value, index) => changes[index % 4](value)) };
    const names = ['right', 'shifted', 'narrow', 'wide'];
    const { columns, calibrated } = marginalCalibration(names, test, changed, evaluation());
    const [right, shifted, narrow, wide] = columns;
    assert.ok(right.pValue > 0.01, `${right.pValue}`);
    for (const { column, pValue } of [shifted, narrow, wide]) assert.ok(pValue < 1e-3, `${column}: ${pValue}`);
    assert.equal(calibrated, false);
    // 80 % intervals of 0.7 z hold 63.0 % of the rows, those of 1.4 z hold 92.7 %: five binomial deviations are 0.077 and 0.042.
    assert.ok(Math.abs(narrow.coverage[1].observed - 0.63) < 0.077, `${narrow.coverage[1].observed}`);
    assert.ok(Math.abs(wide.coverage[1].observed - 0.927) < 0.042, `${wide.coverage[1].observed}`);
    assert.ok(narrow.histogram[0] > wide.histogram[0]);
  });

  test('one row, one sample and columns of a single value are no evidence', () => {
    const flat = tableBy(() => 7, 200, 1);
    for (const [test, samples] of [
      [tableOf([[1]]), tableOf([[2]])],
      [tableOf([[1]]), ramp],
      [ramp, tableOf([[500]])],
      [flat, flat],
    ]) {
      const calibration = marginalCalibration(['x'], test, samples, evaluation());
      assertProbabilities(calibration);
      assert.equal(calibration.calibrated, true);
    }
  });

  test('the same seed gives the same result, another one other places among ties', () => {
    const table = tableBy(() => 0, 50, 1);
    const withSeed = (seed: number) => marginalCalibration(['x'], table, table, evaluation(seed));
    assert.deepEqual(withSeed(1), withSeed(1));
    assert.notDeepEqual(withSeed(1), withSeed(2));
  });

  test('what does not fit is named', () => {
    const samples = (...values: number[]) => tableOf(values.map((value) => [value]));
    const judge = (names: string[], test = ramp, drawn = ramp) => marginalCalibration(names, test, drawn, evaluation());
    assert.throws(() => judge(['x', 'y']), { name: 'ShapeError', message: 'Samples: expected 2 columns; got 1' });
    assert.throws(() => judge(['x'], tableOf([])), {
      name: 'ShapeError',
      message: /^Test rows: expected at least one/,
    });
    assert.throws(() => judge(['x'], ramp, samples(0, Number.NaN)), {
      name: 'EvaluationError',
      message: 'Samples: row 1, column 0 is NaN; expected a finite number',
    });
  });
});

describe('conditional calibration', () => {
  test('a value is ranked among its own samples', () => {
    // The first row lies above all of its 19 samples, the second below all of its: u in (19/20, 1) and (0, 1/20).
    const draws = [...Array.from({ length: 19 }, () => [0]), ...Array.from({ length: 19 }, () => [10])];
    const { columns } = conditionalCalibration(['x'], tableOf([[5], [5]]), tableOf(draws), evaluation());
    assert.deepEqual(columns[0].histogram, [1, ...Array.from({ length: 18 }, () => 0), 1]);
    assert.deepEqual(columns[0].coverage.map(({ observed }) => observed).slice(0, 3), [0, 0, 0]);
  });

  test('p-values of a right model are uniform with few samples a row, also with ties', () => {
    for (const number of [(r: RandomStream) => r.normal(), (r: RandomStream) => r.below(2)])
      for (const draws of [1, 20]) {
        const random = noise(6);
        const pValues: number[] = [];
        for (let table = 0; table < 40; table++) {
          const offsets = Array.from({ length: 50 }, () => 10 * random.normal());
          // Each row has a location of its own, as a context gives it one.
          const rowsOf = (each: number) =>
            tableOf(
              offsets.flatMap((offset) =>
                Array.from({ length: each }, () => Array.from({ length: 10 }, () => offset + number(random))),
              ),
            );
          const names = Array.from({ length: 10 }, (_, index) => `c${index}`);
          const { columns } = conditionalCalibration(names, rowsOf(1), rowsOf(draws), evaluation(table));
          pValues.push(...columns.map(({ pValue }) => pValue));
        }
        // 1.95 / sqrt 400: uniform p-values exceed it once in a thousand seeds.
        const { statistic } = uniformity(Float64Array.from(pValues));
        assert.ok(statistic < 0.0975, `${statistic} with ${draws} samples a row`);
      }
  });

  test('calibration is not accuracy: a model that ignores its context has it, one that trusts it too much has not', () => {
    const random = noise(7);
    const locations = Array.from({ length: 500 }, () => 2 * random.normal());
    const test = tableOf(locations.map((location) => [location + random.normal()]));
    const calibrated = (draw: (location: number) => number) => {
      const draws = locations.flatMap((location) => Array.from({ length: 40 }, () => [draw(location)]));
      return conditionalCalibration(['x'], test, tableOf(draws), evaluation()).calibrated;
    };
    assert.equal(
      calibrated((location) => location + random.normal()),
      true,
    );
    assert.equal(
      calibrated(() => 2 * random.normal() + random.normal()),
      true,
    );
    assert.equal(
      calibrated((location) => 1.5 * location + random.normal()),
      false,
    );
  });

  test('a model too sure of its columns is found', () => {
    const random = noise(8);
    const test = normalTable(random, 500, 1);
    const narrow = tableBy(() => 0.7 * random.normal(), 500 * 40, 1);
    const { columns, calibrated } = conditionalCalibration(['x'], test, narrow, evaluation());
    assert.equal(calibrated, false);
    assert.ok(columns[0].coverage[2].observed < 0.85, `${columns[0].coverage[2].observed}`);
  });

  test('one row with one sample is no evidence', () => {
    const calibration = conditionalCalibration(['x'], tableOf([[1]]), tableOf([[1]]), evaluation());
    assertProbabilities(calibration);
    assert.equal(calibration.calibrated, true);
  });

  test('samples that cannot be shared out are refused', () => {
    assert.throws(() => conditionalCalibration(['x'], tableOf([[1], [2]]), tableOf([[1], [2], [3]]), evaluation()), {
      name: 'ShapeError',
      message: 'Samples: expected equally many for each of 2 test rows; got 3 in all',
    });
  });
});
