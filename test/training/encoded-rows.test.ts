import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isNumber } from '../../src/flow/encoding/encoding.ts';
import { float32 } from '../../src/flow/graph/program.ts';
import type { SourceColumn } from '../../src/training/columns.ts';
import type { TrainingOptions } from '../../src/training/recipe.ts';
import { splitRows } from '../../src/training/rows.ts';
import { assertClose } from '../support/close.ts';
import { problemOf, recipe, tableFor } from '../support/training.ts';

const nothing = Number.NaN;
const continuous = { name: 'x', kind: 'continuous' } as const;
const integer = { name: 'n', kind: 'integer' } as const;
const letters = { name: 'letter', kind: 'categorical', categories: ['a', 'b', 'c'] } as const;

/** Columns of every kind, the last of them context, with one cell to be put wrong. */
const kinds: readonly SourceColumn[] = [continuous, integer, letters, { ...continuous, name: 't' }];
function mixedValues(rows: number): Float64Array {
  return Float64Array.from({ length: rows * kinds.length }, (_, index) => {
    const row = Math.floor(index / kinds.length);
    return [Math.sin(row), (row * 7) % 50, row % 3, Math.cos(3 * row)][index % kinds.length];
  });
}

describe('encoded rows', () => {
  test('hold the numbers, the codes and the context of the rows of the split, in its order', async () => {
    const values = mixedValues(100);
    const problem = problemOf(values, kinds, { context: 1, seed: 3 });
    const { encoding, training, validation, test: held } = await tableFor(problem);
    const split = splitRows(100, problem.training, 3);
    const [x, n, , t] = [...encoding.columns, ...encoding.context].map((column) =>
      isNumber(column) ? column : { location: 0, scale: 1 },
    );
    for (const [{ rows, logDet }, numbers] of [
      [training, split.training],
      [validation, split.validation],
      [held, split.test],
    ] as const) {
      assert.deepEqual(rows.shape, [numbers.length, 4]);
      const expected = Array.from(numbers, (row) => {
        const [a, b, letter, c] = values.subarray(4 * row, 4 * row + 4);
        return [(a - x.location) / x.scale, (b - n.location) / n.scale, letter, (c - t.location) / t.scale];
      });
      // Single precision.
      assertClose(float32(rows), expected.flat(), 1e-6);
      assertClose(logDet, new Array(numbers.length).fill(-Math.log(x.scale * n.scale)), 1e-12);
    }
  });

  test('are encoded in parts as they are in one', async () => {
    const rows = 20_000;
    const values = Float64Array.from({ length: rows }, (_, row) => Math.sqrt(row + 0.5));
    const problem = problemOf(values, [{ ...continuous, lower: 0 }], {
      training: { validationFraction: 0.001, testFraction: 0.001 },
    });
    const { encoding, training } = await tableFor(problem);
    const [column] = encoding.columns.filter(isNumber);
    const numbers = splitRows(rows, problem.training, 0).training;
    assert.ok(numbers.length > 16_384, 'more than one part');
    assertClose(
      float32(training.rows),
      Array.from(numbers, (row) => (Math.log(values[row]) - column.location) / column.scale),
      1e-6,
    );
    assertClose(
      training.logDet,
      Array.from(numbers, (row) => -Math.log(values[row] * column.scale)),
      1e-12,
    );
  });

  for (const [place, value, code, message] of [
    [0, 9.97e36, 'values-too-large', /^9.97e\+36 is more than 1000000000000 standard deviations from the mean/],
    [0, nothing, 'missing-cells', /^it is missing$/],
    [1, 2.5, 'not-an-integer', /^2.5 is not an integer$/],
    [2, 3, 'unknown-category', /^there is no category 3$/],
    [3, -1e20, 'values-too-large', /^-100000000000000000000 is more than/],
  ] as const)
    test(`a cell without density is named with its row and column: ${code} of column ${place}`, async () => {
      const values = mixedValues(100);
      const [row] = splitRows(100, recipe({}, 100), 0).test;
      values[kinds.length * row + place] = value;
      const problem = problemOf(values, kinds, { context: 1 });
      await assert.rejects(tableFor(problem), (error: Error & { code: string }) => {
        const [start, rest] = error.message.split(': ');
        assert.deepEqual([start, error.code], [`Data row ${row + 1}, column "${kinds[place].name}"`, code]);
        assert.match(rest, message);
        return true;
      });
    });
});

describe('rows with missing cells that are dropped', () => {
  const values = mixedValues(300);
  /** Every other row lacks something, if only its context. */
  for (let row = 0; row < 300; row += 2) values[kinds.length * row + ((row / 2) % kinds.length)] = nothing;
  const complete = Float64Array.from(
    Array.from({ length: 150 }, (_, row) => [...values.subarray(4 * (2 * row + 1), 4 * (2 * row + 2))]).flat(),
  );
  const options: TrainingOptions = { validationFraction: 0.1, testFraction: 0.1 };
  const asked = { context: 1, training: options } as const;

  test('leave the table that there would be without them', async () => {
    const dropped = await tableFor(problemOf(values, kinds, { ...asked, missing: 'drop' }));
    assert.deepEqual(dropped, await tableFor(problemOf(complete, kinds, asked)));
    assert.equal(dropped.training.rows.shape[0], 120);
  });

  test('still count where a row is named', async () => {
    const wrong = values.with(4 * 7 + 1, 0.5);
    await assert.rejects(tableFor(problemOf(wrong, kinds, { ...asked, missing: 'drop' })), {
      code: 'not-an-integer',
      message: 'Data row 8, column "n": 0.5 is not an integer',
    });
  });

  test('may leave too few to train on', async () => {
    const empty = values.map((value, index) => (index % kinds.length === 1 ? nothing : value));
    const problem = problemOf(empty, kinds, { ...asked, missing: 'drop' });
    await assert.rejects(tableFor(problem), { code: 'too-few-rows' });
  });
});

test('missing cells that are modelled are flagged, and add nothing to the log-determinant', async () => {
  const values = mixedValues(200);
  for (let row = 0; row < 200; row += 5) values[4 * row] = nothing;
  const problem = problemOf(values, kinds, { context: 1, missing: 'model' });
  const { encoding, training, floors } = await tableFor(problem);
  const [x, n] = encoding.columns.filter(isNumber);
  const encoded = float32(training.rows);
  Array.from(splitRows(200, problem.training, 0).training).forEach((row, index) => {
    const isMissing = row % 5 === 0;
    const [number, , flag] = encoded.subarray(5 * index, 5 * index + 5);
    assert.equal(flag, isMissing ? 0 : 1);
    assert.equal(number === 0, isMissing);
    assertClose([training.logDet[index]], [-Math.log(n.scale) - (isMissing ? 0 : Math.log(x.scale))], 1e-12);
  });
  assert.equal(floors.test.gaussian, null, 'a Gaussian knows nothing of gaps');
});
