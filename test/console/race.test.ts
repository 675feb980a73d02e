import assert from 'node:assert/strict';
import { test } from 'node:test';
import { raceOf } from '../../console/src/api/race.ts';
import { raceRecord } from '../../src/training/race-record.ts';

const candidates = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({
  name,
  flow: { base: { type: 'normal' }, layers: [] },
  parameterCount: 1,
}));
/** A round with these scores of candidates, best first. */
const round = (
  until: number,
  ...scores: readonly (readonly [candidate: number, validationLogProb: number | null])[]
) => ({
  until,
  standings: scores.map(([candidate, validationLogProb]) => ({
    candidate,
    step: until,
    validationLogProb,
    ended: false,
  })),
});
const first = round(10, [1, -1], [0, -2], [2, -3], [3, -4], [5, -5], [4, null]);
const second = round(20, [0, -0.5], [1, -0.9], [2, -2.5]);

/** Each runner in order, with its results, the round after which it was dropped, and its weight. */
function race(rounds: Parameters<typeof raceRecord>[1], winners: readonly number[] = [], ensemble = 2, flow = 'auto') {
  const { runners, ...rest } =
    raceOf({ race: raceRecord(candidates, rounds, winners) as never, flow, training: { ensemble } }) ??
    assert.fail('none');
  const told = runners.map(({ name, results, droppedAfter, weight }) => [name, results.length, droppedAfter, weight]);
  return { told, ...rest };
}

test('before its first round all take part', () => {
  const { told, isOver, isMixture } = race([]);
  assert.deepEqual(
    told,
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, 0, undefined, undefined]),
  );
  assert.deepEqual([isOver, isMixture], [false, false]);
});

test('after a round the worse half is out, and who failed', () => {
  const { told, rounds } = race([first]);
  assert.deepEqual(rounds, [10]);
  assert.deepEqual(told, [
    ['b', 1, undefined, undefined],
    ['a', 1, undefined, undefined],
    ['c', 1, undefined, undefined],
    ['d', 1, 1, undefined],
    ['f', 1, 1, undefined],
    ['e', 1, 1, undefined],
  ]);
});

test('after the last each winner has its weight', () => {
  assert.deepEqual(race([first, second], [0, 1]).told, [
    ['a', 2, undefined, 0.5],
    ['b', 2, undefined, 0.5],
    ['c', 2, 2, 0],
    ['d', 1, 1, 0],
    ['f', 1, 1, 0],
    ['e', 1, 1, 0],
  ]);
  // One that was sought was too far behind to be mixed; another is there with two seeds.
  const { told, isOver } = race([first, second], [0, 0, 1], 3);
  assert.deepEqual(told.slice(0, 3), [
    ['a', 2, undefined, 2 / 3],
    ['b', 2, undefined, 1 / 3],
    ['c', 2, undefined, 0],
  ]);
  assert.ok(isOver);
});

test('where all take part it is no race', () => {
  assert.ok(race([], [], 6).isMixture);
  assert.ok(race([], [], 2, 'anomaly').isMixture);
  assert.equal(raceOf({ race: null, flow: 'auto', training: {} }), undefined);
});
