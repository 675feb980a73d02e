import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Layout } from '../../src/flow/encoding/layout.ts';
import type { TensorValues } from '../../src/flow/graph/program.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { fitBaseline, fitGaussian, gaussianLogProb } from '../../src/training/gaussian.ts';
import { assertClose } from '../support/close.ts';
import { categoryColumn, numberColumn } from '../support/encodings.ts';
import { normalTable, tableOf } from '../support/samples.ts';

const log2Pi = Math.log(2 * Math.PI);

test('the mean log-density is that of the closed form, worked out by hand', () => {
  // Means 2 and 1, variances 2 and 1, covariance 1: the determinant is 1, the inverse [[1, -1], [-1, 2]].
  const training = tableOf([
    [0, 0],
    [2, 0],
    [2, 2],
    [4, 2],
  ]);
  const test = tableOf([
    [2, 1],
    [3, 1],
    [2, 3],
  ]);
  const gaussian = fitGaussian(training, 2);
  // Squared distances 0, 1 and 8.
  assertClose([Number(gaussianLogProb(gaussian, test))], [-log2Pi - 0.5 * 3], 1e-12);
  // Given the second column u, the first is normal with mean 2 + (u - 1) and variance 1: squared residuals 0, 1, 4.
  const given = fitGaussian(training, 1);
  assert.deepEqual(given.order, [1, 0]);
  assertClose([Number(gaussianLogProb(given, test))], [-0.5 * log2Pi - 0.5 * (5 / 3)], 1e-12);
});

test('it is that of the distribution for many rows', () => {
  const random = new RandomStream(1, 'noise');
  // y = x + 0.5 e: an entropy of log(2 pi e) + log 0.5 for n = infinity.
  const draw = (rows: number): TensorValues => {
    const { values, shape } = normalTable(random, rows, 2);
    return { values: values.map((value, index) => (index % 2 === 0 ? value : values[index - 1] + 0.5 * value)), shape };
  };
  const floor = gaussianLogProb(fitGaussian(draw(50_000), 2), draw(50_000));
  // The log-density of a row has variance 1: five standard errors of the mean of 50,000.
  assertClose([Number(floor)], [-log2Pi - 1 - Math.log(0.5)], 0.0225 / 2);
});

test('columns that are linear combinations of others are named, and leave no density', () => {
  const random = new RandomStream(2, 'noise');
  const rows = Array.from({ length: 100 }, () => {
    const [x, y, z] = [random.normal(), random.normal(), random.normal()];
    return [x, y, x - 2 * y, z, 0.5 * z + 3];
  });
  const gaussian = fitGaussian(tableOf(rows), 5);
  assert.deepEqual(gaussian.collinear, [2, 4]);
  assert.equal(gaussianLogProb(gaussian, tableOf(rows)), undefined);
  // Context comes first in the order: of x and x - 2 y given y, the first to depend on what is before it.
  assert.deepEqual(fitGaussian(tableOf(rows.map(([x, y, sum]) => [x, sum, y])), 2).collinear, [1]);
  const independent = fitGaussian(tableOf(rows.map(([x, y, , z]) => [x, y, z])), 3);
  assert.deepEqual(independent.collinear, []);
});

test('columns that are nearly collinear still have a density', () => {
  const random = new RandomStream(3, 'noise');
  const rows = Array.from({ length: 1000 }, () => {
    const x = random.normal();
    return [x, x + 1e-3 * random.normal()];
  });
  const gaussian = fitGaussian(tableOf(rows), 2);
  assert.deepEqual(gaussian.collinear, []);
  // Twelve standard errors of a mean of variance 1, 1,000 rows: single precision takes a little too.
  const expected = -log2Pi - 1 - Math.log(1e-3);
  assert.ok(Math.abs(Number(gaussianLogProb(gaussian, tableOf(rows))) - expected) < 0.38);
});

describe('with categories', () => {
  const named = (name: string) => numberColumn({ name });

  test('it is the sum of what numbers and frequencies give, worked out by hand', () => {
    const layout = new Layout({ columns: [categoryColumn(3), named('x'), categoryColumn(2)], context: [] });
    const training = tableOf([
      [0, 0, 1],
      [2, 0, 1],
      [2, 1, 1],
      [4, 0, 1],
    ]);
    const test = tableOf([
      [2, 0, 1],
      [3, 2, 0],
    ]);
    // x has mean 2 and variance 2; squared distances are 0 and 1/2.
    const ofNumbers = -0.5 * (log2Pi + Math.log(2)) - 0.5 * 0.25;
    // One row more of each value: 4, 2 and 1 of 7, 1 and 5 of 6.
    const ofCategories = (Math.log(4 / 7) + Math.log(5 / 6) + Math.log(1 / 7) + Math.log(1 / 6)) / 2;
    const { floor, collinear } = fitBaseline(training, layout);
    const { gaussian, independent } = floor(test);
    assertClose([Number(gaussian)], [ofNumbers + ofCategories], 1e-12);
    // By itself, x is as its encoding has it: of mean 0 and variance 1. Squares are 4 and 9.
    assertClose([independent], [-0.5 * log2Pi - 0.25 * 13 + ofCategories], 1e-12);
    assert.deepEqual(collinear, []);
  });

  test('numbers are given those of the context, and categories of the context change nothing', () => {
    const layout = new Layout({
      columns: [named('x'), categoryColumn(2)],
      context: [categoryColumn(2, { name: 'given' }), named('u')],
    });
    // As above: given u, x is normal with mean 2 + (u - 1) and variance 1.
    const training = tableOf([
      [0, 1, 0, 1, 0],
      [2, 1, 0, 0, 1],
      [2, 0, 2, 1, 0],
      [4, 1, 2, 0, 1],
    ]);
    const test = tableOf([[3, 1, 1, 0, 1]]);
    const { gaussian, independent } = fitBaseline(training, layout).floor(test);
    assertClose([Number(gaussian)], [-0.5 * log2Pi - 0.5 + Math.log(4 / 6)], 1e-12);
    assertClose([independent], [-0.5 * log2Pi - 4.5 + Math.log(4 / 6)], 1e-12);
  });

  test('without numbers it is that of the frequencies', () => {
    const layout = new Layout({ columns: [categoryColumn(2)], context: [] });
    const { gaussian, independent } = fitBaseline(tableOf([[0], [0], [1]]), layout).floor(tableOf([[1], [0]]));
    const expected = (Math.log(3 / 5) + Math.log(2 / 5)) / 2;
    assertClose([Number(gaussian), independent], [expected, expected], 1e-12);
  });

  test('there is no Gaussian where numbers may be missing, and collinear ones are named by column', () => {
    const gaps = new Layout({ columns: [numberColumn({ missing: true })], context: [] });
    const flagged = tableOf([
      [1, 1],
      [0, 0],
      [2, 1],
    ]);
    const ofGaps = fitBaseline(flagged, gaps).floor(flagged);
    assert.equal(ofGaps.gaussian, null);
    // Numbers 1 and 2 in two of three rows, of which one more of each kind makes five: 3 are observed, 2 not.
    const ofFlags = (2 * Math.log(3 / 5) + Math.log(2 / 5)) / 3;
    assertClose([ofGaps.independent], [(-log2Pi - 2.5) / 3 + ofFlags], 1e-12);
    const double = new Layout({ columns: [categoryColumn(2), named('x'), named('twice x')], context: [] });
    const rows = tableOf([
      [1, 2, 0],
      [3, 6, 1],
      [4, 8, 1],
    ]);
    const { floor, collinear } = fitBaseline(rows, double);
    assert.deepEqual([floor(rows).gaussian, collinear], [null, ['twice x']]);
  });
});
