import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitStandardization, Minibatches, splitRows, standardizedRows } from '../../src/training/rows.ts';
import { assertClose } from '../support/close.ts';
import { recipe } from '../support/training.ts';

test('the parts of a split are disjoint and together everything', () => {
  const training = recipe({ validationFraction: 0.2, testFraction: 0.1 }, 100);
  const parts = splitRows(100, training, 5);
  assert.deepEqual([parts.training.length, parts.validation.length, parts.test.length], [70, 20, 10]);
  const all = [...parts.training, ...parts.validation, ...parts.test].sort((a, b) => a - b);
  assert.deepEqual(
    all,
    Array.from({ length: 100 }, (_, index) => index),
  );
});

test('a table of which no row is left to train on is refused', () => {
  const training = recipe({ validationFraction: 0.5, testFraction: 0.5 }, 20);
  assert.throws(() => splitRows(20, training, 0), {
    name: 'TrainingError',
    code: 'too-few-rows',
    message: 'No rows are left to train on: 20 rows, 20 held out',
  });
});

test('a batch holds no more rows than there are to train on, in tables of any size', () => {
  for (let rows = 20; rows < 1000; rows++) {
    const training = recipe({}, rows);
    const { length } = splitRows(rows, training, 0).training;
    assert.ok(training.batchSize <= length, `${training.batchSize} of ${length} in a table of ${rows}`);
  }
});

test('standardisation keeps its digits for large values close together', () => {
  const values = Float64Array.from({ length: 100 }, (_, index) => 1.7e12 + (index % 2));
  const { location, scale } = fitStandardization({ values, columns: ['time'] }, Int32Array.from(values.keys()), [0]);
  assert.deepEqual(location, [1.7e12 + 0.5]);
  assertClose(scale, [0.5], 1e-12);
});

test('the deviation of a column whose values are spread is that of the spread values', () => {
  const values = Float64Array.of(0, 1, 0, 1, 0, 1);
  const rows = { values, columns: ['coin'] };
  // Uniform on (-0.5, 1.5) in all: a variance of 2^2 / 12.
  const { scale } = fitStandardization(rows, Int32Array.from(values.keys()), [1]);
  assert.ok(Math.abs(scale[0] - Math.sqrt(1 / 3)) < 1e-15, `${scale[0]}`);
  // All training rows are 0: what varies is the spread alone.
  assert.deepEqual(fitStandardization(rows, Int32Array.of(0, 2, 4), [1]).scale, [Math.sqrt(1 / 12)]);
  assert.throws(() => fitStandardization(rows, Int32Array.of(0, 2, 4), [0]), { code: 'constant-column' });
});

test('rows are standardised column by column, in the order asked for', () => {
  const rows = { values: Float64Array.of(1, 10, 2, 20, 3, 30), columns: ['x', 'y'] };
  const { values, shape } = standardizedRows(rows, Int32Array.of(2, 0), { location: [2, 10], scale: [0.5, 10] });
  assert.deepEqual(
    [Array.from(values, Number), shape],
    [
      [2, 2, -2, 0],
      [2, 2],
    ],
  );
});

test('a value so far out that its density is zero is named with its row', () => {
  const rows = { values: Float64Array.of(1, 10, 2, 9.97e36, 3, 30), columns: ['x', 'y'] };
  const standardization = { location: [2, 10], scale: [0.5, 10] };
  assert.throws(() => standardizedRows(rows, Int32Array.of(2, 1), standardization), {
    code: 'values-too-large',
    message:
      'Data row 2, column "y": 9.97e+36 is more than 1000000000000 standard deviations from the mean of the training rows',
  });
  assert.equal(standardizedRows(rows, Int32Array.of(2, 0), standardization).shape[0], 2);
});

test('minibatches pass over all rows before one comes again', () => {
  const minibatches = new Minibatches(10, 5, 1);
  const epoch = () => Array.from(minibatches.next(2)).sort((a, b) => a - b);
  assert.deepEqual(epoch(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(epoch(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('minibatches go on from any position as if they had never paused', () => {
  // Three batches an epoch, and one row left over.
  const unbroken = new Minibatches(10, 3, 7).next(12);
  for (let before = 0; before <= 12; before++) {
    const first = new Minibatches(10, 3, 7);
    const begun = first.next(before);
    const rest = new Minibatches(10, 3, 7, first.position).next(12 - before);
    assert.deepEqual(Int32Array.of(...begun, ...rest), unbroken, `after ${before}`);
  }
});
