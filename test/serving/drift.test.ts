import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { type Drift, drift } from '../../src/serving/drift.ts';
import { encoding, exactModel, groupRows } from '../support/gaussian-groups.ts';

const random = new RandomStream(1, 'noise');

/** Compares rows with as many fresh rows of the true distribution, and with scores of yet others. */
async function driftOf(batch: Float64Array, level = 0.01, referenceRows = 2000): Promise<Drift> {
  const reference = groupRows(referenceRows, random);
  const heldOut = groupRows(1000, random);
  return drift({
    columns: encoding.columns,
    batch,
    batchLogProb: await exactModel.logProb('model', batch, batch.length / 4),
    reference,
    referenceLogProb: await exactModel.logProb('model', heldOut, 1000),
    level,
  });
}

const named = ({ columns }: Drift) => columns.filter(({ drifted }) => drifted).map(({ column }) => column);

test('without drift there is a false alarm in at most about alpha of the batches', async () => {
  const batches = 300;
  const level = 0.1;
  let alarms = 0;
  const alone = new Array(5).fill(0);
  for (let batch = 0; batch < batches; batch++) {
    const found = await driftOf(groupRows(200, random), level, 500);
    alarms += Number(found.drifted);
    [...found.columns, found.logProb].forEach((finding, index) => {
      alone[index] += Number((finding?.pValue ?? 0) <= level);
    });
  }
  // Five tests that depend on each other, by Holm's bound: at most alpha, but not much less. A deviation is 0.017.
  assert.ok(alarms / batches < 0.1 + 3 * 0.017 && alarms / batches > 0.03, `${alarms} of ${batches}`);
  for (const count of alone) assert.ok(Math.abs(count / batches - level) < 4 * 0.017, `${alone}`);
});

test('a column that has shifted is named, and no other', async () => {
  const shifted = groupRows(500, random).map((value, index) => (index % 4 === 1 ? value + 0.5 : value));
  const found = await driftOf(shifted);
  assert.deepEqual([found.drifted, named(found)], [true, ['y']]);
  const { distance, stabilityIndex, test } = found.columns[1];
  assert.equal(test, 'kolmogorov-smirnov');
  assert.ok(
    distance > 0.1 && distance < 0.4 && stabilityIndex > 0.05 && stabilityIndex < 0.5,
    `${distance} ${stabilityIndex}`,
  );
  assert.ok(Number(found.logProb?.meanDifference) < 0);
});

test('other shares of categories, more gaps and unknown categories are drift', async () => {
  const rows = groupRows(500, random);
  const gaps = rows.map((value, index) => (index % 4 === 0 && index % 40 === 0 ? Number.NaN : value));
  const found = await driftOf(gaps);
  assert.deepEqual(named(found), ['x']);
  assert.ok(Math.abs(found.columns[0].distance - 0.1) < 0.05);
  const unknown = rows.map((value, index) => (index % 4 === 3 && index % 20 === 3 ? -1 : value));
  const other = await driftOf(unknown);
  assert.deepEqual(named(other), ['group']);
  assert.ok(Math.abs(other.columns[3].distance - 0.2) < 0.05, `${other.columns[3].distance}`);
  assert.equal(other.logProb?.drifted, true);
});

test('a changed correlation with the same marginals is seen in the log-densities alone', async () => {
  const rows = groupRows(1000, random);
  // Each x stays with its group and y with its group, but they come from different rows of it.
  const mixed = rows.slice();
  const lastOf = [-1, -1];
  for (let row = 0; row < 1000; row++) {
    const group = rows[4 * row + 3];
    if (lastOf[group] >= 0) mixed[4 * row + 1] = rows[4 * lastOf[group] + 1];
    lastOf[group] = row;
  }
  const found = await driftOf(mixed);
  assert.deepEqual(named(found), []);
  assert.deepEqual([found.drifted, found.logProb?.drifted], [true, true]);
});

test('without reference rows, or without scores, the other tests are made alone', async () => {
  const batch = groupRows(100, random);
  const batchLogProb = await exactModel.logProb('model', batch, 100);
  const common = { columns: encoding.columns, batch, batchLogProb, level: 0.01 };
  const rows = await drift({ ...common, reference: groupRows(100, random), referenceLogProb: undefined });
  assert.deepEqual([rows.columns.length, rows.logProb], [4, undefined]);
  const scores = await drift({ ...common, reference: undefined, referenceLogProb: batchLogProb });
  assert.deepEqual([scores.columns, scores.drifted, scores.logProb?.adjustedPValue], [[], false, 1]);
});
