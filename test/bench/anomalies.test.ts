import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaUnderRoc } from '../../bench/anomalies/auroc.ts';
import { splitForAnomalies } from '../../bench/anomalies/tables.ts';

test('the area under the ROC curve is the part of pairs in which the anomaly has the lower score', () => {
  const area = (ordinary: number[], anomalies: number[]) =>
    areaUnderRoc(Float64Array.from(ordinary), Float64Array.from(anomalies));
  assert.equal(area([1, 2, 3], [0, -1]), 1);
  assert.equal(area([1, 2, 3], [4]), 0);
  assert.equal(area([5, 1, 3], [Number.NEGATIVE_INFINITY, 3, 2]), (3 + 1.5 + 2) / 9);
  assert.equal(area([7, 7], [7, 7, 7]), 0.5);
  assert.equal(area([Number.NEGATIVE_INFINITY, 0], [Number.NEGATIVE_INFINITY]), 0.75);
});

test('half of the ordinary rows are to learn from; all anomalies and the other half are to be scored', () => {
  const rows = 101;
  const anomalous = Array.from({ length: rows }, (_, row) => row % 10 === 3);
  // The second column tells the row, the first one varies among anomalies alone.
  const values = Float64Array.from({ length: 2 * rows }, (_, index) =>
    index % 2 === 1 ? Math.floor(index / 2) : Number(anomalous[index / 2]),
  );
  const table = { columns: ['constant', 'row'], values, anomalous };
  const { columns, training, ordinary, anomalies } = splitForAnomalies(table, 1);
  assert.deepEqual(columns, ['row'], 'a column that is constant in the rows to learn from is left out');
  assert.deepEqual([training.length, ordinary.length, anomalies.length], [45, 46, 10]);
  assert.ok(anomalies.every((row) => anomalous[row]));
  const seen = [...training, ...ordinary].sort((a, b) => a - b);
  assert.deepEqual(
    seen,
    anomalous.flatMap((is, row) => (is ? [] : [row])),
  );
  assert.deepEqual(splitForAnomalies(table, 1).training, training);
  assert.notDeepEqual(splitForAnomalies(table, 2).training, training);
});

test('of many rows, ten thousand are learnt from and ten thousand ordinary ones scored', () => {
  const rows = 30_000;
  const values = Float64Array.from({ length: rows }, (_, row) => row);
  const { training, ordinary } = splitForAnomalies({ columns: ['x'], values, anomalous: Array(rows).fill(false) }, 1);
  assert.deepEqual([training.length, ordinary.length], [10_000, 10_000]);
  assert.equal(new Set([...training, ...ordinary]).size, 20_000);
});
