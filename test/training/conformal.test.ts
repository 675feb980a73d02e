import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { benjaminiHochberg, calibrationLogProbs, pValue, threshold } from '../../src/training/conformal.ts';
import { EvaluationError } from '../../src/training/errors.ts';
import { assertClose } from '../support/close.ts';

const alphas = [0.01, 0.05, 0.1, 0.29, 0.5, 0.9];

test('a p-value counts the calibration rows that are no likelier, the row itself among them', () => {
  const calibration = calibrationLogProbs([-1, -3, -2, -2]);
  assert.deepEqual(Array.from(calibration), [-3, -2, -2, -1]);
  const pValues = [Number.NEGATIVE_INFINITY, -4, -3, -2.5, -2, -1.5, -1, 7].map((logProb) =>
    pValue(calibration, logProb),
  );
  assert.deepEqual(
    pValues,
    [1, 1, 2, 2, 4, 4, 5, 5].map((count) => count / 5),
  );
  // A density of zero is as unusual as can be, also where calibration rows have it.
  assert.equal(pValue(calibrationLogProbs([Number.NEGATIVE_INFINITY, 0]), Number.NEGATIVE_INFINITY), 2 / 3);
});

test('what lies below the threshold is what has a p-value of at most alpha', () => {
  const random = new RandomStream(1, 'evaluation');
  for (let n = 1; n <= 120; n++) {
    // Of few values, so that there are ties.
    const calibration = calibrationLogProbs(Array.from({ length: n }, () => random.below(30)));
    for (const alpha of [...alphas, 7 / 100, 1 / (n + 1), 3 / (n + 3)]) {
      const bound = threshold(calibration, alpha);
      for (let logProb = -1; logProb <= 30; logProb += 0.5)
        assert.equal(
          logProb < bound,
          pValue(calibration, logProb) <= alpha,
          `n ${n}, alpha ${alpha}, log-density ${logProb}`,
        );
    }
  }
});

test('calibration rows that are too few for alpha flag nothing', () => {
  const calibration = calibrationLogProbs(Array.from({ length: 18 }, (_, row) => row));
  assert.equal(threshold(calibration, 0.05), Number.NEGATIVE_INFINITY);
  assert.ok(pValue(calibration, Number.NEGATIVE_INFINITY) > 0.05);
  assert.equal(threshold(calibrationLogProbs(Array.from({ length: 19 }, (_, row) => row)), 0.05), 0);
});

/** How often an ordinary row has a p-value of at most alpha, over calibrations of n rows: the count of `repetitions`. */
function falseAlarms(draw: () => number, n: number, alpha: number, repetitions: number): number {
  let alarms = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const calibration = calibrationLogProbs(Array.from({ length: n }, draw));
    if (pValue(calibration, draw()) <= alpha) alarms++;
  }
  return alarms;
}

/** Four standard errors of a binomial count: passed by chance once in 30,000 times. */
const margin = (repetitions: number, rate: number) => 4 * Math.sqrt(repetitions * rate * (1 - rate));

test('ordinary rows without ties are flagged as often as alpha allows on so many calibration rows', () => {
  const random = new RandomStream(2, 'evaluation');
  const repetitions = 20_000;
  for (const n of [1, 5, 19, 60, 99])
    for (const alpha of alphas) {
      const expected = Math.floor(alpha * (n + 1) + 1e-9) / (n + 1);
      assert.ok(expected <= alpha + 1e-12);
      const alarms = falseAlarms(() => random.normal(), n, alpha, repetitions);
      const off = Math.abs(alarms - repetitions * expected);
      assert.ok(off <= margin(repetitions, expected), `${alarms} of ${repetitions} at n ${n}, alpha ${alpha}`);
    }
});

test('ordinary rows with ties are flagged no more often than alpha', () => {
  const random = new RandomStream(3, 'evaluation');
  const repetitions = 20_000;
  for (const n of [5, 19, 60])
    for (const alpha of alphas) {
      const alarms = falseAlarms(() => random.below(4), n, alpha, repetitions);
      const most = repetitions * alpha + margin(repetitions, alpha);
      assert.ok(alarms <= most, `${alarms} of ${repetitions} at n ${n}, alpha ${alpha}`);
    }
});

test('p-values are adjusted as Benjamini and Hochberg do in their example', () => {
  // Their section 4.1: at 0.05 the four smallest are rejected, where Bonferroni's bound rejects three.
  const example = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];
  const adjusted = benjaminiHochberg(example);
  // The sixth, 15 / 6 times 0.0278, is more than 15 / 7 times the seventh.
  assertClose(adjusted.subarray(0, 6), [0.0015, 0.003, 0.0095, 0.035625, 0.0603, (15 / 7) * 0.0298], 1e-12);
  assert.equal(adjusted.filter((value) => value <= 0.05).length, 4);
  const reversed = benjaminiHochberg(example.toReversed());
  assert.deepEqual(reversed.toReversed(), adjusted);
  assertClose(benjaminiHochberg([0.05, 0.01, 0.04, 0.02, 0.03]), Array(5).fill(0.05), 1e-15);
  assert.equal(benjaminiHochberg([]).length, 0);
});

test('of the rows flagged in a batch, the part that is ordinary is at most alpha on average', () => {
  const random = new RandomStream(4, 'evaluation');
  const [batches, ordinary, anomalies, alpha] = [2000, 45, 5, 0.2];
  const proportions = Array.from({ length: batches }, () => {
    const calibration = calibrationLogProbs(Array.from({ length: 200 }, () => random.normal()));
    const rows = Array.from({ length: ordinary + anomalies }, (_, row) => random.normal() - (row < ordinary ? 0 : 4));
    const flagged = benjaminiHochberg(rows.map((logProb) => pValue(calibration, logProb))).map((q) =>
      Number(q <= alpha),
    );
    const all = flagged.reduce((total, one) => total + one, 0);
    return flagged.subarray(0, ordinary).reduce((total, one) => total + one, 0) / Math.max(1, all);
  });
  const mean = proportions.reduce((total, one) => total + one, 0) / batches;
  const variance = proportions.reduce((total, one) => total + (one - mean) ** 2, 0) / batches;
  const error = Math.sqrt(variance / batches);
  // Exactly alpha times the ordinary part for independent p-values that take every value; these take 201.
  assert.ok(mean <= (alpha * ordinary) / (ordinary + anomalies) + 4 * error, `${mean} +- ${error}`);
  assert.ok(mean > alpha / 2, `${mean}: the anomalies are clear enough to be flagged with some ordinary rows`);
});

test('what is no number, or no level, is refused by name', () => {
  assert.throws(() => calibrationLogProbs([]), EvaluationError);
  assert.throws(() => calibrationLogProbs([0, Number.NaN]), /row 1 is not a number/);
  const calibration = calibrationLogProbs([0]);
  assert.throws(() => pValue(calibration, Number.NaN), EvaluationError);
  for (const alpha of [0, 1, Number.NaN]) assert.throws(() => threshold(calibration, alpha), /alpha: expected/);
  for (const wrong of [-0.1, 1.1, Number.NaN]) assert.throws(() => benjaminiHochberg([0.5, wrong]), /p-value of row 1/);
});
