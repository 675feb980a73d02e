import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { uniformity } from '../../src/statistics/kolmogorov.ts';
import { type Memorization, memorization } from '../../src/training/judging/memorization.ts';
import { assertClose } from '../support/close.ts';
import { normalTable, tableBy, tableOf } from '../support/samples.ts';

const noise = (seed: number) => new RandomStream(seed, 'noise');
const judge = (
  training: Parameters<typeof memorization>[0],
  test: Parameters<typeof memorization>[1],
  samples: Parameters<typeof memorization>[2],
): Memorization => memorization(training, test, samples, new RandomStream(0, 'evaluation'));

/** `share` of the rows of a table replaced by rows of another, moved by up to a few `blur`. */
function withCopies(
  table: { values: Float32Array; shape: readonly [number, number] },
  source: { values: Float32Array },
  { share, blur }: { share: number; blur: number },
  random: RandomStream,
) {
  const [rows, width] = table.shape;
  const copied = Math.round(share * rows) * width;
  return {
    ...table,
    values: table.values.map((value, place) =>
      place < copied ? source.values[place] + blur * random.normal() : value,
    ),
  };
}

describe('memorization', () => {
  test('distances and z-score are those worked out by hand', () => {
    const training = tableOf([[0], [10], [30]]);
    // To the nearest and the second nearest training row: samples 1/9, 2/8, 1/19; test rows 4/6, 5/5, 3/13.
    const samples = tableOf([[1], [12], [29]]);
    const test = tableOf([[4], [5], [-3]]);
    const result = judge(training, test, samples);
    assert.deepEqual([result.medianSampleDistance, result.medianTestDistance], [1, 4]);
    // Ratios 0.05, 0.11, 0.2 (2/10, 2/18: 12 lies 2 from 10 and 12 from 0) against 0.23, 0.67, 1: U = 0 of 9.
    assertClose([result.zScore], [-4.5 / Math.sqrt((9 * 7) / 12)], 1e-12);
    assert.equal(result.copied, false);
  });

  test('ties count one half, and the variance is corrected for them', () => {
    const training = tableOf([[0], [0], [5]]);
    // Ratios: samples 0, 0, 0; test rows 0, 1, 1 (1 and -1 lie equally far from the two rows at 0).
    const result = judge(training, tableOf([[0], [1], [-1]]), tableOf([[0], [0], [5]]));
    // U = 3 / 2; ties of four and two: Var = 9 / 12 (7 - (60 + 6) / 30).
    assertClose([result.zScore], [(1.5 - 4.5) / Math.sqrt(0.75 * (7 - 66 / 30))], 1e-12);
  });

  test('z-scores of a right model are standard normal, in the presence of duplicates too', () => {
    for (const [number, width] of [
      [(r: RandomStream) => r.normal(), 2],
      // About nine values, most of them in the table many times.
      [(r: RandomStream) => Math.round(2 * r.normal()), 2],
    ] as const) {
      const random = noise(1);
      const zScores = Array.from({ length: 300 }, () => {
        const [training, test, samples] = [150, 60, 100].map((rows) => tableBy(() => number(random), rows, width));
        const { zScore, copied } = judge(training, test, samples);
        assert.equal(copied, false);
        return zScore;
      });
      // 1.95 / sqrt 300: uniform numbers exceed it once in a thousand seeds.
      const { statistic } = uniformity(Float64Array.from(zScores, normalCdf));
      assert.ok(statistic < 0.1126, `${statistic}`);
    }
  });

  test('copies are found, exact ones and blurred ones, and a part of them', () => {
    for (const [width, share, blur] of [
      [1, 1, 0],
      [2, 1, 0],
      [2, 0.3, 0],
      [8, 1, 0.2],
      [8, 0.3, 0.1],
      [400, 1, 0.2],
    ]) {
      const random = noise(2);
      const [training, test, fresh] = [600, 400, 400].map((rows) => normalTable(random, rows, width));
      const result = judge(training, test, withCopies(fresh, training, { share, blur }, random));
      assert.equal(result.copied, true, `${share} of ${width} columns, ${blur}: ${result.zScore}`);
      if (share === 1) assert.ok(result.medianSampleDistance < result.medianTestDistance);
    }
  });

  test('copies of a table full of duplicates are found', () => {
    const random = noise(3);
    const value = () => Math.round(3 * random.normal());
    const [training, test, fresh] = [400, 400, 400].map((rows) => tableBy(value, rows, 3));
    assert.equal(judge(training, test, fresh).copied, false);
    assert.equal(judge(training, test, withCopies(fresh, training, { share: 1, blur: 0 }, random)).copied, true);
  });

  test('a model that is too narrow, too wide or shifted is not accused', () => {
    const random = noise(4);
    const [training, test] = [2000, 500].map((rows) => normalTable(random, rows, 8));
    for (const [scale, shift] of [
      [0.8, 0],
      [1.25, 0],
      [1, 0.5],
    ]) {
      const result = judge(
        training,
        test,
        tableBy(() => scale * random.normal() + shift, 500, 8),
      );
      assert.equal(result.copied, false, `${scale}, ${shift}: ${result.zScore}`);
      if (scale < 1) assert.ok(result.medianSampleDistance < 0.9 * result.medianTestDistance);
    }
  });

  test('one row, one training row, and identical rows give numbers, and no evidence', () => {
    const [one, other, flat] = [tableOf([[1]]), tableOf([[2]]), tableBy(() => 3, 50, 1)];
    const none = { zScore: 0, medianSampleDistance: 0, medianTestDistance: 0, rows: 1, copied: false };
    assert.deepEqual(judge(flat, flat, flat), { ...none, rows: 50 });
    assert.deepEqual(judge(one, one, one), none);
    assert.deepEqual(judge(one, other, other), { ...none, medianSampleDistance: 1, medianTestDistance: 1 });
    assert.deepEqual(judge(one, flat, one), { ...none, medianTestDistance: 2 });
  });

  test('more rows than are searched are searched in part', () => {
    const random = noise(5);
    const [training, test, fresh] = [21_000, 600, 600].map((rows) => normalTable(random, rows, 1));
    assert.equal(judge(training, test, fresh).copied, false);
    assert.equal(judge(training, test, withCopies(fresh, training, { share: 1, blur: 0 }, random)).copied, true);
  });

  test('what does not fit is named', () => {
    assert.throws(() => judge(tableOf([[1]]), tableOf([[1]]), tableOf([[1, 2]])), {
      name: 'ShapeError',
      message: 'Samples: expected 1 columns, as in Training rows; got 2',
    });
    assert.throws(() => judge(tableOf([[1]]), tableOf([[1]]), tableOf([[1], [-Infinity]])), {
      name: 'EvaluationError',
      message: 'Samples: row 1, column 0 is -Infinity; expected a finite number',
    });
    assert.throws(() => judge(tableOf([[1]]), tableOf([]), tableOf([[1]])), {
      name: 'ShapeError',
      message: 'Test rows: expected at least one row of at least one column; got 0 values of shape [0, 0]',
    });
  });
});

/** By Simpson's rule from 0 on. */
function normalCdf(x: number): number {
  const steps = 200;
  let total = 0;
  for (let step = 0; step <= steps; step++) {
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2;
    total += (weight * (x / steps) * Math.exp(-0.5 * ((step * x) / steps) ** 2)) / 3;
  }
  return 0.5 + total / Math.sqrt(2 * Math.PI);
}
