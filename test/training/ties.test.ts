import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { columnTies, repeatedRows } from '../../src/training/ties.ts';
import { assertClose } from '../support/close.ts';

const of = (...values: number[]) => columnTies(Float64Array.from(values));

describe('ties', () => {
  test('a column without any has no resolution', () => {
    assert.deepEqual(of(3.5, 1, -2, 10), { distinct: 4, rows: 4, resolution: 0 });
  });

  test('a column of one value has none either', () => {
    assert.deepEqual(of(7, 7, 7), { distinct: 1, rows: 3, resolution: 0 });
    assert.deepEqual(of(7), { distinct: 1, rows: 1, resolution: 0 });
  });

  test('of whole numbers it is one, though some are missing', () => {
    assert.deepEqual(of(3, 1, 2, 2, 5, 9, 1), { distinct: 5, rows: 7, resolution: 1 });
  });

  test('of two values it is their distance', () => {
    assert.deepEqual(of(0.25, 0, 0, 0.25, 0), { distinct: 2, rows: 5, resolution: 0.25 });
  });

  test('values recorded in steps give the step', () => {
    const random = new RandomStream(1, 'noise');
    const { distinct, resolution } = columnTies(
      Float64Array.from({ length: 2000 }, () => 0.5 * Math.round(10 * random.normal())),
    );
    assert.ok(distinct < 100);
    assertClose([resolution], [0.5], 1e-12);
  });

  test('a spike among values of a continuum is as narrow as their gaps', () => {
    const random = new RandomStream(2, 'noise');
    // 600 of 2,000 are 0, the others uniform on (1, 2): their gaps are about 1/1400 wide, the smaller one beside a row half
    // of that.
    const values = Float64Array.from({ length: 2000 }, (_, row) => (row < 600 ? 0 : 1 + random.uniform()));
    const { distinct, resolution } = columnTies(values);
    assert.equal(distinct, 1401);
    assert.ok(resolution > 0.2 / 1400 && resolution < 2 / 1400, `${resolution}`);
  });

  test('a spike that is most of the rows is as wide as the gap beside it', () => {
    assert.deepEqual(of(0, 0, 0, 0, 0, 3, 3.1, 3.2), { distinct: 4, rows: 8, resolution: 3 });
  });

  test('a sentinel far away does not count', () => {
    const { resolution } = of(-999, -999, -999, 1, 2, 2, 3, 3, 4, 4);
    assert.equal(resolution, 1);
  });

  test('a value that is repeated at either end has one neighbour', () => {
    assert.equal(of(1, 1, 1, 4, 6).resolution, 3);
    assert.equal(of(1, 3, 6, 6, 6).resolution, 3);
  });

  test('the order of the rows does not matter, and they stay as they are', () => {
    const values = Float64Array.of(5, 1, 5, 2, 8);
    assert.deepEqual(columnTies(values), of(1, 2, 5, 5, 8));
    assert.deepEqual(values, Float64Array.of(5, 1, 5, 2, 8));
  });
});

describe('repeated rows', () => {
  test('each row beyond the first of its kind counts', () => {
    assert.equal(repeatedRows(Float64Array.of(1, 2, 1, 2, 2, 1, 1, 2), 2, Int32Array.of(3, 1, 0, 2)), 2);
    assert.equal(repeatedRows(Float64Array.of(1, 2, 3, 4), 2, Int32Array.of(0, 1)), 0);
  });

  test('rows that differ in their last digit are not the same', () => {
    assert.equal(repeatedRows(Float64Array.of(0.1 + 0.2, 0.3, 0.1 + 0.2), 1, Int32Array.of(0, 1, 2)), 1);
  });

  test('a part of a larger array is looked at alone', () => {
    const all = Float64Array.of(1, 2, 1, 2, 3, 4);
    assert.equal(repeatedRows(all.subarray(2), 2, Int32Array.of(0, 1)), 0);
    assert.equal(repeatedRows(all.subarray(0, 4), 2, Int32Array.of(0, 1)), 1);
  });

  test('only the rows that are asked about count', () => {
    const values = Float64Array.of(1, 2, 1, 2, 3, 4, 3, 4);
    assert.equal(repeatedRows(values, 2, Int32Array.of(0, 2, 3)), 1);
    assert.equal(repeatedRows(values, 2, Int32Array.of(0, 3)), 0);
  });

  test('missing cells are the same as each other', () => {
    assert.equal(repeatedRows(Float64Array.of(1, Number.NaN, 1, Number.NaN, 1, 0), 2, Int32Array.of(0, 1, 2)), 1);
  });
});
