import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TensorValues } from '../../src/flow/graph/program.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { fitGaussian, gaussianLogProb } from '../../src/training/gaussian.ts';
import { assertClose } from '../support/close.ts';
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
