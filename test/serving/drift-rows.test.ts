import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { RowReservoir } from '../../src/serving/drift-rows.ts';

test('few rows are all kept, in order', () => {
  const reservoir = new RowReservoir(2, 3, new RandomStream(1, 'inspection'));
  reservoir.add(Float64Array.of(1, 2, 3, 4));
  assert.deepEqual([[...reservoir.rows], reservoir.seen], [[1, 2, 3, 4], 2]);
});

test('of many rows each is as likely to be kept', () => {
  const counts = new Array(50).fill(0);
  const random = new RandomStream(2, 'inspection');
  for (let repetition = 0; repetition < 2000; repetition++) {
    const reservoir = new RowReservoir(1, 5, random);
    for (let row = 0; row < 50; row += 10) reservoir.add(Float64Array.from({ length: 10 }, (_, index) => row + index));
    assert.equal(new Set(reservoir.rows).size, 5);
    for (const row of reservoir.rows) counts[row]++;
  }
  // 200 times each, with a deviation of 13.4.
  for (const count of counts) assert.ok(Math.abs(count - 200) < 4.5 * 13.4, `${counts}`);
});
