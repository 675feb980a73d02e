import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { subsample } from '../../src/training/judging/samples.ts';
import { twoSampleTest } from '../../src/training/judging/two-sample.ts';
import { assertClose } from '../support/close.ts';
import { normalTable, tableBy, tableOf } from '../support/samples.ts';

const noise = (seed: number) => new RandomStream(seed, 'noise');
const evaluation = (seed = 0) => new RandomStream(seed, 'evaluation');

describe('energy test', () => {
  test('the distance is that worked out by hand', () => {
    // |x - y|: 3, 4, 2, 3 (mean 3); |x - x'|: 0, 1, 1, 0; |y - y'|: 0, 1, 1, 0. E = 6 - 1/2 - 1/2.
    const { statistic, coefficient, rows, permutations } = twoSampleTest(
      tableOf([[0], [1]]),
      tableOf([[3], [4]]),
      evaluation(),
    );
    assertClose([statistic, coefficient], [5, 5 / 6], 1e-12);
    assert.deepEqual([rows, permutations], [[2, 2], 199]);
    // |x - y| = 5 and 10, |y - y'| = 5: E = 15 - 5/2.
    const plane = twoSampleTest(
      tableOf([[0, 0]]),
      tableOf([
        [3, 4],
        [6, 8],
      ]),
      evaluation(),
    );
    assertClose([plane.statistic, plane.coefficient], [12.5, 12.5 / 15], 1e-12);
  });

  test('all ways to part four rows come up in the p-value', () => {
    // Of the six ways to part 0, 1, 3, 4 into pairs, two have the energy observed and none a larger one.
    const { pValue } = twoSampleTest(tableOf([[0], [1]]), tableOf([[3], [4]]), evaluation(), 9999);
    // Five binomial deviations with n = 9999.
    assert.ok(Math.abs(pValue - 1 / 3) < 0.024, `${pValue}`);
  });

  test('two samples of normal distributions have the distance of the closed form', () => {
    const random = noise(1);
    // In one dimension E = 2 integral (F - G)^2; with unit deviations and means d apart, by |N(d, 2)|:
    const meanDistance = (d: number) =>
      Math.SQRT2 * Math.sqrt(2 / Math.PI) * Math.exp((-d * d) / 4) + d * (2 * normalCdf(d / Math.SQRT2) - 1);
    const expected = 2 * meanDistance(1) - 2 * meanDistance(0);
    const shifted = tableBy(() => random.normal() + 1, 1000, 1);
    const { statistic } = twoSampleTest(normalTable(random, 1000, 1), shifted, evaluation(), 0);
    // A standard error is about 0.04: the shift's own, times the slope of the distance in it.
    assert.ok(Math.abs(statistic - expected) < 0.2, `${statistic}, not ${expected}`);
  });

  test('p-values under the null are uniform, also with ties', () => {
    for (const number of [(r: RandomStream) => r.normal(), (r: RandomStream) => r.below(3)]) {
      const random = noise(2);
      const counts = { 0.05: 0, 0.2: 0, 0.5: 0 };
      for (let trial = 0; trial < 400; trial++) {
        const [first, second] = [15, 20].map((rows) => tableBy(() => number(random), rows, 2));
        const { pValue } = twoSampleTest(first, second, evaluation(trial), 99);
        if (pValue <= 0.05) counts[0.05]++;
        if (pValue <= 0.2) counts[0.2]++;
        if (pValue <= 0.5) counts[0.5]++;
      }
      // Four binomial deviations with n = 400: 17.4, 32 and 40.
      assert.ok(Math.abs(counts[0.05] - 20) < 17.4, `${counts[0.05]}`);
      assert.ok(Math.abs(counts[0.2] - 80) < 32, `${counts[0.2]}`);
      assert.ok(Math.abs(counts[0.5] - 200) < 40, `${counts[0.5]}`);
    }
  });

  test('a shift, a wrong spread and a lost correlation are found', () => {
    const random = noise(3);
    const correlated = (rows: number) =>
      tableOf(
        Array.from({ length: rows }, () => {
          const x = random.normal();
          return [x, 0.9 * x + Math.sqrt(1 - 0.81) * random.normal()];
        }),
      );
    const right = correlated(300);
    const shifted = correlated(300);
    const narrow = correlated(300);
    for (const [other, found] of [
      [correlated(300), false],
      [{ ...shifted, values: shifted.values.map((value) => value + 0.4) }, true],
      [{ ...narrow, values: narrow.values.map((value) => 0.6 * value) }, true],
      [normalTable(random, 300, 2), true],
    ] as const) {
      const { pValue, coefficient } = twoSampleTest(right, other, evaluation());
      assert.equal(pValue <= 0.01, found, `${pValue}`);
      assert.ok(coefficient >= 0 && coefficient <= 1, `${coefficient}`);
    }
  });

  test('single rows, one column and identical rows give numbers, and no evidence', () => {
    const flat = tableBy(() => 3.3, 40, 1);
    assert.deepEqual(twoSampleTest(flat, flat, evaluation()), {
      statistic: 0,
      coefficient: 0,
      pValue: 1,
      rows: [40, 40],
      permutations: 199,
    });
    const single = twoSampleTest(tableOf([[1]]), tableOf([[2]]), evaluation());
    assert.deepEqual([single.statistic, single.coefficient, single.pValue], [2, 1, 1]);
    const same = normalTable(noise(4), 30, 2);
    const { statistic, pValue } = twoSampleTest(same, same, evaluation());
    assert.ok(statistic < 1e-12, `${statistic}`);
    assert.equal(pValue, 1);
  });

  test('the largest numbers of single precision stay finite', () => {
    const { statistic, coefficient } = twoSampleTest(tableOf([[3e38, 3e38]]), tableOf([[-3e38, -3e38]]), evaluation());
    assert.ok(Number.isFinite(statistic));
    assert.equal(coefficient, 1);
  });

  test('what does not fit is named', () => {
    assert.throws(() => twoSampleTest(tableOf([[1]]), tableOf([[1, 2]]), evaluation()), {
      name: 'ShapeError',
      message: 'Second sample: expected 1 columns, as in First sample; got 2',
    });
    assert.throws(() => twoSampleTest(tableOf([[1, Infinity]]), tableOf([[1, 2]]), evaluation()), {
      name: 'EvaluationError',
      message: 'First sample: row 0, column 1 is Infinity; expected a finite number',
    });
  });
});

test('a subsample holds whole rows, none twice, and each as often as any other', () => {
  const table = tableOf(Array.from({ length: 10 }, (_, row) => [row, row + 100]));
  const counts = new Array(10).fill(0);
  const random = evaluation();
  for (let draw = 0; draw < 2000; draw++) {
    const { values, shape } = subsample(table, 3, random);
    assert.deepEqual(shape, [3, 2]);
    const rows = [values[0], values[2], values[4]];
    assert.equal(new Set(rows).size, 3);
    assert.deepEqual(
      [values[1], values[3], values[5]],
      rows.map((row) => row + 100),
    );
    for (const row of rows) counts[row]++;
  }
  // Five binomial deviations with n = 2000, p = 0.3.
  for (const count of counts) assert.ok(Math.abs(count - 600) < 103, `${count}`);
  assert.deepEqual(subsample(table, 10, random), table);
});

/** By Simpson's rule from -8 on. */
function normalCdf(x: number): number {
  const steps = 2000;
  const width = (x + 8) / steps;
  let total = 0;
  for (let step = 0; step <= steps; step++) {
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2;
    total += (weight * width * Math.exp(-0.5 * (step * width - 8) ** 2)) / 3;
  }
  return total / Math.sqrt(2 * Math.PI);
}
