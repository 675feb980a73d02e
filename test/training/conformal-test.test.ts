import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { logProbProgram } from '../../src/flow/programs/log-prob.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { ConformalTest, leastGroupRows } from '../../src/training/conformal-test.ts';
import { contextGroup } from '../../src/training/context-groups.ts';
import { type Fit, type FitProblem, fit } from '../../src/training/fit.ts';
import { splitRows } from '../../src/training/rows.ts';
import { assertClose } from '../support/close.ts';
import { categoryColumn, numberColumn, onRows } from '../support/encodings.ts';
import { here, problemOf, unstopped } from '../support/training.ts';

const encoding = {
  columns: [numberColumn()],
  context: [categoryColumn(3, { missing: true }), numberColumn(), categoryColumn(2, { fill: 1 })],
};
const none = Number.NaN;

test('the group of a row is the categories of its context, missing cells as they are scored', () => {
  assert.deepEqual(contextGroup(encoding, Float64Array.of(9, 2, 0.5, 0)), [2, 0]);
  assert.deepEqual(contextGroup(encoding, Float64Array.of(none, none, none, none)), [3, 1]);
});

describe('rows compared with calibration rows', () => {
  // Scores 0 .. 299: every third is of the first group, 20 of the second, the rest of the third.
  const groupOf = Float64Array.from({ length: 300 }, (_, score) => (score % 3 === 0 ? 0 : score < 30 ? 1 : 2));
  const scores = Float64Array.from({ length: 300 }, (_, score) => score);
  const conformal = new ConformalTest(
    {
      scores,
      groups: [
        [0, 1],
        [2, 0],
        [3, 1],
      ],
      groupOf,
    },
    encoding,
  );

  test('have their own group where it is large enough, else all', () => {
    const rows = [
      [0, 0, 7, 1],
      [0, 2, 7, 0],
      [0, none, none, none],
      [0, 1, 0, 0],
    ];
    const p = conformal.pValues(Float64Array.from(rows.flat()), new Float64Array(4).fill(30));
    // 0, 3, .., 30 are 11 of 100; 0 .. 30 are 31 of 300; of 180 none of 31 is below 30.
    assert.deepEqual([...p], [12 / 101, 32 / 301, 1 / 181, 32 / 301]);
    assert.deepEqual(
      conformal.groups.map(({ codes, scores }) => [codes, scores.length]),
      [
        [[0, 1], leastGroupRows],
        [[3, 1], 180],
      ],
    );
  });

  test('are tied with those that differ by rounding only', () => {
    const p = conformal.pValues(new Float64Array(12).fill(1), Float64Array.of(29.99995, 29.9998, -Infinity));
    assert.deepEqual([...p], [32 / 301, 31 / 301, 1 / 301]);
    assert.ok(Math.abs(conformal.threshold(0.05) - 14) < 0.001);
    assert.equal(conformal.threshold(0.001), Number.NEGATIVE_INFINITY);
  });
});

const random = new RandomStream(8, 'noise');

/** y given the group and x: the first group is rare and wide. */
function groupedRows(count: number): Float64Array {
  const rows = Array.from({ length: count }, () => {
    const [group, x] = [random.uniform() < 0.3 ? 0 : 1, random.normal()];
    return [x + (group === 0 ? 5 : 0.2) * random.normal(), random.normal(), group, x];
  });
  return Float64Array.from(rows.flat());
}

const columns = ['y', 'z', { name: 'group', kind: 'categorical', categories: ['a', 'b'] } as const, 'x'];

describe('a trained model', () => {
  let problem: FitProblem;
  let trained: Fit;
  before(async () => {
    problem = problemOf(groupedRows(2000), columns, {
      flows: [{ layers: [{ type: 'affine' }] }],
      context: 2,
      training: { steps: 400, testFraction: 0.4 },
    });
    trained = (await fit(here, problem, unstopped())) ?? assert.fail('stopped');
  });

  const logProb = async (rows: Float64Array) =>
    Float64Array.from((await onRows(logProbProgram(trained.density), rows, 4)).logProb);

  test('is calibrated by its test rows, each with its group', async () => {
    const { scores, groups, groupOf } = trained.calibrationScores;
    const heldOut = splitRows(2000, problem.training, problem.seed).test;
    assert.equal(scores.length, 800);
    const rows = Float64Array.from(
      [...heldOut].flatMap((row) => [...problem.rows.values.subarray(4 * row, 4 * row + 4)]),
    );
    const scored = await logProb(rows);
    // The last digits depend on how many rows are scored together.
    assertClose(scored.toSorted(), scores, 1e-5);
    const ofFirst = [...heldOut].filter((row) => problem.rows.values[4 * row + 2] === 0).length;
    assert.equal([...groupOf].filter((group) => groups[group][0] === 0).length, ofFirst);
    const mean = scores.reduce((total, score) => total + score, 0) / 800;
    assert.ok(Math.abs(mean - trained.metrics.testLogProb) < 1e-4);
  });

  test('calls as many fresh rows unusual as asked for, in each group', async () => {
    const rows = groupedRows(6000);
    const conformal = new ConformalTest(trained.calibrationScores, trained.density.encoding);
    const p = conformal.pValues(rows, await logProb(rows));
    assert.equal(conformal.groups.length, 2);
    for (const { codes, scores } of conformal.groups)
      for (const alpha of [0.01, 0.05, 0.2]) {
        const ofGroup = p.filter((_, row) => rows[4 * row + 2] === codes[0]);
        const rate = ofGroup.reduce((count, value) => count + Number(value <= alpha), 0) / ofGroup.length;
        const expected = Math.floor(alpha * (scores.length + 1)) / (scores.length + 1);
        // Four deviations of a binomial proportion whose chance is itself that of a beta distribution.
        const deviation = Math.sqrt(expected * (1 - expected) * (1 / ofGroup.length + 1 / (scores.length + 2)));
        assert.ok(Math.abs(rate - expected) < 4 * deviation, `group ${codes}, ${alpha}: ${rate}, expected ${expected}`);
      }
  });
});

test('rows with gaps calibrate as they are modelled, imputed or dropped', async () => {
  const width = 2;
  const values = Float64Array.from({ length: 600 }, () => random.normal()).map((value, index) =>
    index % 10 === 3 ? none : value,
  );
  for (const missing of ['model', 'impute', 'drop'] as const) {
    const problem = problemOf(values, ['x', 'y'], { missing, training: { steps: 50, testFraction: 0.5 } });
    const { calibrationScores, density } = (await fit(here, problem, unstopped())) ?? assert.fail('stopped');
    assert.equal(calibrationScores.scores.length, missing === 'drop' ? 120 : 150, missing);
    assert.ok(calibrationScores.scores.every(Number.isFinite), missing);
    const { logProb } = await onRows(logProbProgram(density), Float64Array.of(0.5, none), width);
    const [p] = new ConformalTest(calibrationScores, density.encoding).pValues(
      Float64Array.of(0.5, none),
      Float64Array.from(logProb),
    );
    // Such a row is one of five, and among the likeliest where the gap is modelled; where there were none there is no saying.
    if (missing === 'drop') assert.ok(Number.isNaN(p), `${p}`);
    else assert.ok(p > 0.1, `${missing}: ${p}`);
  }
});
