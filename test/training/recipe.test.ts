import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anomalyTraining, resolveTraining, trainingSchema } from '../../src/training/recipe.ts';
import { learningRate } from '../../src/training/schedule.ts';

test('every number that may be asked for is there, and within its bounds, for tables of all sizes', () => {
  for (const rows of [20, 300, 1000, 4999, 5000, 49_999, 50_000, 1_000_000, 50_000_000])
    for (const race of [false, true]) {
      const training = resolveTraining({}, { rows, race });
      assert.deepEqual(Object.keys(training).sort(), Object.keys(trainingSchema.properties).sort());
      for (const [name, value] of Object.entries(training))
        assert.ok(Number.isFinite(value) && value >= 0, `${name} is ${value} for ${rows} rows`);
    }
});

test('what was asked for is kept', () => {
  const asked = {
    steps: 7,
    budgetSeconds: 3,
    batchSize: 5,
    learningRate: 0.5,
    warmupSteps: 2,
    gradientClip: 1,
    weightDecay: 0.25,
    noise: 0.125,
    tieSpread: 0.5,
    averageDecay: 0.75,
    evaluationSteps: 3,
    patience: 2,
    raceSteps: 4,
    ensemble: 3,
    validationFraction: 0.2,
    testFraction: 0.3,
  };
  assert.deepEqual(Object.keys(asked).sort(), Object.keys(trainingSchema.properties).sort());
  assert.deepEqual(resolveTraining(asked, { rows: 1000, race: true }), asked);
});

test('of large tables only so many rows are held out', () => {
  const heldOut = (rows: number) => {
    const { validationFraction, testFraction } = resolveTraining({}, { rows });
    return [Math.round(rows * validationFraction), Math.round(rows * testFraction)];
  };
  assert.deepEqual(heldOut(1000), [150, 150]);
  assert.deepEqual(heldOut(100_000), [10_000, 10_000]);
  assert.deepEqual(heldOut(300_000), [20_000, 30_000]);
  assert.deepEqual(heldOut(10_000_000), [20_000, 50_000]);
});

test('the winners of a race are mixed where rows are few, and one flow that was asked for stays alone', () => {
  const ensemble = (rows: number, race: boolean) => resolveTraining({}, { rows, race }).ensemble;
  assert.deepEqual(
    [400, 5000, 50_000].map((rows) => ensemble(rows, true)),
    [4, 2, 1],
  );
  assert.equal(ensemble(400, false), 1);
});

test('the first round of a race ends with an evaluation', () => {
  for (const rows of [400, 20_000, 3_000_000]) {
    const { raceSteps, evaluationSteps } = resolveTraining({}, { rows, race: true });
    assert.equal(raceSteps % evaluationSteps, 0, `${rows} rows`);
  }
});

test('the learning rate rises, then falls along a cosine to zero', () => {
  const training = resolveTraining({ steps: 1000, warmupSteps: 10, learningRate: 0.5 }, { rows: 100 });
  const rate = (step: number) => learningRate(step, training);
  assert.equal(rate(0), 0.05);
  assert.equal(rate(9), 0.5);
  assert.ok(Math.abs(rate(505) - 0.25) < 1e-12);
  assert.ok(rate(999) < 1e-5);
});

test("flows that are to find anomalies get Scott's bandwidth of noise where rows are few, and rows to calibrate", () => {
  assert.deepEqual(anomalyTraining({ rows: 256, columns: 4 }), { noise: 0.5 });
  assert.deepEqual(anomalyTraining({ rows: 64, columns: 2 }), { noise: 0.5, testFraction: 20 / 64 });
  assert.deepEqual(anomalyTraining({ rows: 1000, columns: 2 }), { noise: 0.01 });
  for (let rows = 40; rows < 300; rows++) {
    const { testFraction } = resolveTraining(anomalyTraining({ rows, columns: 3 }), { rows });
    assert.ok(Math.round(rows * testFraction) >= 20, `${rows} rows`);
  }
  assert.equal(anomalyTraining({ rows: 30, columns: 3 }).testFraction, 0.5);
});
