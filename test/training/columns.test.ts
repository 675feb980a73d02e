import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isNumber, type NumberEncoding } from '../../src/flow/encoding/encoding.ts';
import { type FitColumnsOptions, fitColumns, type Rows, type SourceColumn } from '../../src/training/columns.ts';
import { assertClose } from '../support/close.ts';

const nothing = Number.NaN;

/** Fitted to all rows, or to those for training. */
function fitted({ values, columns }: Rows, { training, ...options }: Partial<FitColumnsOptions> = {}) {
  const used = Int32Array.from({ length: values.length / columns.length }, (_, row) => row);
  const given = { context: 0, missing: 'reject', tieSpread: 1, ...options } as const;
  return fitColumns({ values, columns }, { ...given, used, training: training ?? used, inspected: used });
}

/** The encoding of a column by itself. */
function encodingOf(column: SourceColumn, values: readonly number[], options: Partial<FitColumnsOptions> = {}) {
  const { encoding } = fitted({ values: Float64Array.from(values), columns: [column] }, options);
  return [...encoding.columns, ...encoding.context][0];
}

function numberOf(...given: Parameters<typeof encodingOf>): NumberEncoding {
  const encoding = encodingOf(...given);
  return isNumber(encoding) ? encoding : assert.fail('it is not a column of numbers');
}

const named = { name: 'x' };
const continuous = { ...named, kind: 'continuous' } as const;
const integer = { ...named, kind: 'integer' } as const;
const letters = { name: 'letter', kind: 'categorical', categories: ['a', 'b', 'c'] } as const;

const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;
const variance = (values: readonly number[]) => mean(values.map((value) => (value - mean(values)) ** 2));

describe('location and scale', () => {
  test('keep their digits for large values close together', () => {
    const values = Array.from({ length: 100 }, (_, index) => 1.7e12 + (index % 2));
    const { location, scale } = numberOf(continuous, values, { tieSpread: 0 });
    assert.equal(location, 1.7e12 + 0.5);
    assertClose([scale], [0.5], 1e-12);
  });

  test('are those of values spread over the step of their ties', () => {
    const values = [0, 1, 0, 1, 0, 1];
    // Uniform on (-0.5, 1.5) in all: a variance of 2^2 / 12.
    assertClose([numberOf(continuous, values).scale], [Math.sqrt(1 / 3)], 1e-15);
    // All training rows are 0: what varies is the spread alone.
    const training = Int32Array.of(0, 2, 4);
    assertClose([numberOf(continuous, values, { training }).scale], [Math.sqrt(1 / 12)], 1e-15);
  });

  test('are those of all rows where training rows have one value that is not spread, or none', () => {
    const training = Int32Array.of(0, 2, 4);
    assertClose([numberOf(continuous, [0, 1, 0, 1, 0, 1], { training, tieSpread: 0 }).scale], [0.5], 1e-15);
    const sparse = [nothing, 3, nothing, 5];
    const { location, scale } = numberOf(continuous, sparse, { training: Int32Array.of(0, 2), missing: 'model' });
    assert.deepEqual([location, scale], [4, 1]);
    assert.throws(() => numberOf(continuous, [7, 7, 7, 7], { training: Int32Array.of(0, 2) }), {
      code: 'constant-column',
      message: 'The column "x" is 7 in all 4 rows: leave it out',
    });
  });

  test('of a value that a twentieth of the training rows share go with how far it reaches', () => {
    const tail = Array.from({ length: 34 }, (_, index) => 3 + index + index ** 2 / 100);
    const values = [...new Array(50).fill(0), 0.25, ...new Array(4).fill(1), ...new Array(11).fill(2), ...tail];
    // Of half of the rows, the nearest other value is 1/4 away: the step. Four ones are too few.
    const { atoms } = numberOf(continuous, values);
    assert.deepEqual(atoms, [
      { value: 0, reach: 0.125 },
      { value: 2, reach: 0.125 },
    ]);
    assert.equal(numberOf(continuous, values, { tieSpread: 0 }).atoms, undefined);
    assert.equal(numberOf(integer, values.map(Math.round)).atoms, undefined);
    assert.equal(numberOf(continuous, tail).atoms, undefined);
  });

  test('are those of the training rows alone', () => {
    const { location, scale } = numberOf(continuous, [1, 3, 100], { training: Int32Array.of(0, 1) });
    assert.deepEqual([location, scale], [2, 1]);
  });

  test('are those of the number on the whole line where there are bounds', () => {
    const values = [0.5, 3, 7, 9.5];
    for (const [bounds, onLine] of [
      [{ lower: 0 }, (x: number) => Math.log(x)],
      [{ upper: 10 }, (x: number) => Math.log(10 - x)],
      [{ lower: 0, upper: 10 }, (x: number) => Math.log(x / (10 - x))],
    ] as const) {
      const { location, scale, margin } = numberOf({ ...continuous, ...bounds }, values);
      const line = values.map(onLine);
      assertClose([location, scale], [mean(line), Math.sqrt(variance(line))], 1e-12, JSON.stringify(bounds));
      assert.equal(margin, undefined);
    }
  });

  test('of an integer are those of all numbers that are rounded to it', () => {
    const values = [2, 4, 5, 9];
    const plain = numberOf(integer, values);
    assertClose([plain.location, plain.scale], [5, Math.sqrt(variance(values) + 1 / 12)], 1e-12);
    // Both bounds are possible values: half a step lies beyond them.
    const bounded = numberOf({ ...integer, lower: 2, upper: 9 }, values);
    const line = values.map((value) => Math.log((value - 1.5) / (9.5 - value)));
    assertClose([bounded.location, bounded.scale], [mean(line), Math.sqrt(variance(line))], 1e-12);
    assert.equal(bounded.margin, undefined);
  });

  test('are finite for an integer that is the same in all rows', () => {
    assertClose([numberOf(integer, [3, 3, 3]).scale], [Math.sqrt(1 / 12)], 1e-15);
    assert.equal(numberOf({ ...integer, lower: 0 }, [3, 3, 3]).scale, 1);
  });

  test('of context are those of its values as they are', () => {
    const { location, scale } = numberOf(integer, [2, 2, 4, 4], { context: 1 });
    assert.deepEqual([location, scale], [3, 1]);
    assert.throws(() => numberOf(integer, [2, 2, 2], { context: 1 }), { code: 'constant-column' });
  });

  test('that cannot be had are refused', () => {
    assert.throws(() => numberOf(continuous, [1e200, -1e200, 3e200]), {
      code: 'values-too-large',
      message: 'The values of the column "x" are too large: give it another unit',
    });
  });
});

describe('the step of a column', () => {
  const stepOf = (column: SourceColumn, values: readonly number[], options: Partial<FitColumnsOptions> = {}) =>
    fitted({ values: Float64Array.from(values), columns: [column] }, options).fitted[0].step;

  test('is that of its ties, as much of it as is asked for', () => {
    assert.equal(stepOf(continuous, [0, 10, 10, 20]), 10);
    assert.equal(stepOf(continuous, [0, 10, 10, 20], { tieSpread: 0.5 }), 5);
    assert.equal(stepOf(continuous, [0, 1, 3]), 0);
  });

  test('is at least 1 for integers, and nothing for categories and context', () => {
    assert.equal(stepOf(integer, [0, 10, 10, 20]), 10);
    assert.equal(stepOf(integer, [0, 10, 10, 20], { tieSpread: 0 }), 1);
    assert.equal(stepOf(integer, [0, 10, 20]), 1);
    assert.equal(stepOf(letters, [0, 1, 1, 2]), 0);
    assert.equal(stepOf(integer, [0, 10, 10, 20], { context: 1 }), 0);
  });
});

describe('bounds', () => {
  const unit = { ...continuous, lower: 0, upper: 1 };

  test('that values lie on get a margin: half a step, or a millionth of the range', () => {
    assert.equal(numberOf(unit, [0, 0.5, 0.75]).margin, 0.75e-6);
    assert.equal(numberOf(unit, [0.1, 0.5, 1]).margin, 0.9e-6);
    assert.equal(numberOf(unit, [0, 0, 0.25, 0.5]).margin, 0.125);
    assert.equal(numberOf({ ...continuous, upper: 1 }, [-3, 0, 1]).margin, 4e-6);
  });

  test('that only a held-out row lies on get one too', () => {
    assert.equal(numberOf(unit, [0, 0.5, 0.75], { training: Int32Array.of(1, 2) }).margin, 0.75e-6);
  });

  test('that a value exceeds are named, with its row', () => {
    for (const [values, message] of [
      [[0.2, 0.3, 1.5], 'Data row 3, column "x": 1.5 is above 1, its bound'],
      [[0.2, -1e-9, 0.4], 'Data row 2, column "x": -1e-9 is below 0, its bound'],
    ] as const)
      assert.throws(() => numberOf(unit, values, { training: Int32Array.of(0) }), { code: 'out-of-bounds', message });
    assert.throws(() => numberOf({ ...integer, upper: 4 }, [1, 5, 2]), { code: 'out-of-bounds' });
  });
});

describe('missing cells', () => {
  const numbers = [1, nothing, 5, 2, nothing, 9];
  const codes = [0, 2, nothing, 2, 1, 0, 2];

  test('are told of only where there are any', () => {
    assert.equal(numberOf(continuous, numbers, { missing: 'model' }).missing, true);
    assert.equal(encodingOf(letters, codes, { missing: 'model' }).missing, true);
    assert.equal(numberOf(continuous, [1, 2, 3], { missing: 'model' }).missing, false);
    assert.ok(!('fill' in numberOf(continuous, [1, 2, 3], { missing: 'impute' })));
  });

  test('are imputed by the median, or the commonest category, of the training rows', () => {
    const training = Int32Array.of(0, 1, 2, 3);
    assert.partialDeepStrictEqual(numberOf(continuous, numbers, { missing: 'impute' }), { fill: 5, missing: false });
    assert.equal(numberOf(continuous, numbers, { missing: 'impute', training }).fill, 2);
    assert.partialDeepStrictEqual(encodingOf(letters, codes, { missing: 'impute' }), { fill: 2, missing: false });
    const first = Int32Array.of(0, 4, 5);
    assert.equal(encodingOf(letters, codes, { missing: 'impute', training: first }).fill, 0);
  });

  test('do not enter location and scale', () => {
    for (const missing of ['model', 'impute'] as const) {
      const { location, scale } = numberOf(continuous, numbers, { missing });
      assertClose([location, scale], [4.25, Math.sqrt(variance([1, 5, 2, 9]))], 1e-12);
    }
  });

  test('may not be all that a column has', () => {
    const none = [nothing, nothing];
    assert.throws(() => numberOf(continuous, none, { missing: 'model' }), {
      code: 'empty-column',
      message: 'The column "x" has no value in any of 2 rows: leave it out',
    });
    assert.throws(() => encodingOf(letters, none, { missing: 'impute' }), { code: 'empty-column' });
    assert.equal(encodingOf(letters, none, { missing: 'model' }).missing, true);
  });
});
