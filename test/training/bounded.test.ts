import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isNumber } from '../../src/flow/encoding/encoding.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import type { SourceColumn } from '../../src/training/columns.ts';
import { type Fit, fit } from '../../src/training/fit.ts';
import { total } from '../support/mixed.ts';
import { samplesOf, scoresOf } from '../support/mixed-table.ts';
import { here, problemOf, unstopped } from '../support/training.ts';

const rows = 1500;

async function fitted(column: SourceColumn, value: (random: RandomStream, row: number) => number): Promise<Fit> {
  const random = new RandomStream(1, 'noise');
  const values = Float64Array.from({ length: rows }, (_, row) => value(random, row));
  const problem = problemOf(values, [column], { flows: ['spline'], training: { steps: 800 } });
  return (await fit(here, problem, unstopped())) ?? assert.fail('it was stopped');
}

/** The integral of the density, by the midpoint rule. */
async function integral({ density }: Fit, from: number, to: number, cells = 100_000): Promise<number> {
  const points = Float64Array.from({ length: cells }, (_, cell) => from + ((cell + 0.5) * (to - from)) / cells);
  return (total((await scoresOf(density, points)).map(Math.exp)) * (to - from)) / cells;
}

describe('a column between two bounds that holds both of them', () => {
  // The square of a uniform number: a density of 1 / (2 sqrt x), without a limit at 0.
  const result = fitted({ name: 'x', kind: 'continuous', lower: 0, upper: 1 }, (random, row) => {
    return row % 500 === 0 ? 0 : row % 500 === 1 ? 1 : random.uniform() ** 2;
  });

  test('is fitted, to about the true density', async () => {
    const { metrics, warnings, density } = await result;
    assert.deepEqual(warnings, []);
    assert.equal(metrics.calibration.calibrated, true);
    // The mean of -log(2 sqrt x) is 1 - log 2. Four standard errors, and 0.05 nats for what 1,050 rows cannot tell.
    const { testLogProb, testStandardError } = metrics;
    const expected = 1 - Math.log(2);
    assert.ok(Math.abs(testLogProb - expected) < 0.05 + 4 * testStandardError, `${testLogProb}, truth ${expected}`);
    const [column] = density.encoding.columns;
    assert.ok(isNumber(column) && Number(column.margin) > 0 && Number(column.margin) < 1e-3, JSON.stringify(column));
  });

  test('has density on its bounds, and none beyond', async () => {
    const { density } = await result;
    const inside = await scoresOf(density, Float64Array.of(0, 1, 1e-12, 0.5));
    assert.ok(inside.every(Number.isFinite), `${inside}`);
    const outside = await scoresOf(density, Float64Array.of(-1e-12, 1 + 1e-12, -1, 2));
    assert.deepEqual(outside, new Array(4).fill(Number.NEGATIVE_INFINITY));
  });

  test('integrates to 1 but for what lies in the margins', async () => {
    // 3 of 1,500 rows are at each bound: half of what stands for them is beyond it.
    const sum = await integral(await result, 0, 1);
    assert.ok(sum > 0.98 && sum < 1.001, `${sum}`);
  });

  test('is sampled within its bounds, and as it should be', async () => {
    const samples = (await samplesOf((await result).density, 20_000)).flat();
    assert.ok(samples.every((value) => value >= 0 && value <= 1));
    // A mean of 1/3, a deviation of 0.3: four standard errors of 1,050 rows.
    assert.ok(Math.abs(total(samples) / samples.length - 1 / 3) < 0.04, `${total(samples) / samples.length}`);
  });
});

test('a column above a bound that it does not touch integrates to 1 above it', async () => {
  const result = await fitted({ name: 'x', kind: 'continuous', lower: 2 }, (random) => 2 + Math.exp(random.normal()));
  const [column] = result.density.encoding.columns;
  assert.ok(isNumber(column) && column.margin === undefined);
  assert.equal((await scoresOf(result.density, Float64Array.of(2)))[0], Number.NEGATIVE_INFINITY);
  // Less than 1e-4 of a log-normal number is above 42.
  const sum = await integral(result, 2, 202);
  assert.ok(Math.abs(sum - 1) < 0.01, `${sum}`);
  const samples = (await samplesOf(result.density, 5000)).flat();
  assert.ok(samples.every((value) => value > 2));
});

test('an integer between two bounds sums to 1 over its values, with the right probabilities', async () => {
  const result = await fitted({ name: 'n', kind: 'integer', lower: 0, upper: 3 }, (random) => {
    return Number(random.uniform() < 0.8) * (1 + random.below(3));
  });
  assert.equal(result.metrics.calibration.calibrated, true);
  const probabilities = (await scoresOf(result.density, Float64Array.of(0, 1, 2, 3, -1, 4, 1.5))).map(Math.exp);
  // What is a density over a width of 1 is level over it only in part.
  assert.ok(Math.abs(total(probabilities) - 1) < 0.15, `${probabilities}`);
  assert.deepEqual(probabilities.slice(4), [0, 0, 0]);
  const samples = (await samplesOf(result.density, 20_000)).flat();
  for (const [value, expected] of [0.2, 4 / 15, 4 / 15, 4 / 15].entries()) {
    const share = samples.filter((sample) => sample === value).length / samples.length;
    // Five deviations of a frequency in 1,050 rows.
    assert.ok(Math.abs(share - expected) < 0.07, `${value}: ${share}`);
  }
});
