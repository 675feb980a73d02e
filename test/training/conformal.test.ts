import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { benjaminiHochberg, pValue, threshold } from '../../src/training/conformal.ts';

const scores = Float64Array.of(-9, -5, -5, -2, 1);

describe('a p-value', () => {
  test('counts the calibration rows that are no likelier, ties among them, and the row itself', () => {
    const cases = [
      [-Infinity, 1],
      [-9.5, 1],
      [-9, 2],
      [-6, 2],
      [-5, 4],
      [-2.1, 4],
      [1, 6],
      [Infinity, 6],
    ];
    for (const [logProb, count] of cases) assert.equal(pValue(scores, logProb), count / 6, `${logProb}`);
    assert.equal(pValue(new Float64Array(), -3), 1);
  });

  test('of an exchangeable row is at most alpha with a probability of at most alpha, with ties and without', () => {
    const random = new RandomStream(1, 'evaluation');
    const repeats = 20_000;
    for (const draw of [() => random.normal(), () => random.below(4)])
      for (const alpha of [0.05, 0.1, 0.35]) {
        let alarms = 0;
        for (let repeat = 0; repeat < repeats; repeat++) {
          const sorted = Float64Array.from({ length: 19 }, draw).sort();
          if (pValue(sorted, draw()) <= alpha) alarms++;
        }
        // Four binomial deviations.
        const slack = 4 * Math.sqrt((alpha * (1 - alpha)) / repeats);
        assert.ok(alarms / repeats <= alpha + slack, `${alpha}: ${alarms / repeats}`);
        // Without ties the level is met: each of these is a multiple of 1 / 20.
        if (draw() % 1 !== 0) assert.ok(alarms / repeats >= alpha - slack, `${alpha}: ${alarms / repeats}`);
      }
  });
});

test('a log-density lies below the threshold exactly where its p-value is at most alpha', () => {
  const random = new RandomStream(2, 'evaluation');
  for (let length = 0; length < 60; length++) {
    const sorted = Float64Array.from({ length }, () => random.below(20)).sort();
    for (let percent = 1; percent <= 100; percent++)
      for (const logProb of [-Infinity, 0, 3, 3.5, 19, 20]) {
        const alpha = percent / 100;
        assert.equal(
          logProb < threshold(sorted, alpha),
          pValue(sorted, logProb) <= alpha,
          `${length} ${alpha} ${logProb}`,
        );
      }
  }
});

describe('Benjamini and Hochberg', () => {
  test('reject up to the largest p-value below its line', () => {
    // The lines at 0.05 are 0.01, 0.02, 0.03, 0.04, 0.05: the third lies above its own, the fourth below.
    assert.equal(benjaminiHochberg(Float64Array.of(0.5, 0.035, 0.008, 0.039, 0.015), 0.05), 0.039);
    assert.equal(benjaminiHochberg(Float64Array.of(0.02, 0.9), 0.03), 0);
    assert.equal(benjaminiHochberg(new Float64Array(), 0.5), 0);
  });

  test('leave out what has no p-value', () => {
    assert.equal(benjaminiHochberg(Float64Array.of(Number.NaN, 0.02, Number.NaN, 0.9), 0.05), 0.02);
  });

  test('keep the rate of false discoveries among p-values of one set of calibration rows', () => {
    const random = new RandomStream(3, 'evaluation');
    const level = 0.2;
    let [rate, found] = [0, 0];
    const repeats = 2000;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const calibration = Float64Array.from({ length: 199 }, () => random.normal()).sort();
      // Forty ordinary rows, then ten anomalies.
      const p = Float64Array.from({ length: 50 }, (_, row) =>
        pValue(calibration, random.normal() - (row < 40 ? 0 : 4)),
      );
      const cutoff = benjaminiHochberg(p, level);
      const rejected = p.reduce((count, value) => count + Number(value <= cutoff), 0);
      const falsely = p.subarray(0, 40).reduce((count, value) => count + Number(value <= cutoff), 0);
      rate += falsely / Math.max(1, rejected) / repeats;
      found += (rejected - falsely) / 10 / repeats;
    }
    // Four standard errors of a mean of numbers whose deviation is below 0.25.
    assert.ok(rate <= level * 0.8 + (4 * 0.25) / Math.sqrt(repeats), `${rate}`);
    assert.ok(found > 0.8, `${found}`);
  });
});
