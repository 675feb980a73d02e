import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Minibatches, splitRows } from '../../src/training/rows.ts';
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
