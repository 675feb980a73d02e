import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RaceControl, type RaceOptions, type Round, race, type Standing } from '../../src/training/race.ts';

/** Log-likelihood of a candidate after so many steps; null when its training fails. */
type Score = (candidate: number, step: number) => number | null;

interface Changes {
  readonly options?: Partial<RaceOptions>;
  readonly timeIsUp?: () => boolean;
  /** Where every candidate comes to its end. */
  readonly end?: number;
}

/** A race of six for one place, with all that was asked of candidates in it. */
async function run(score: Score, { options = {}, timeIsUp = () => false, end = Infinity }: Changes = {}) {
  const advanced: [candidate: number, until: number][] = [];
  const reported: { rounds: readonly Round[]; alive: readonly number[] }[] = [];
  const control: RaceControl = {
    async advance(candidate, until): Promise<Standing> {
      advanced.push([candidate, until]);
      const step = Math.min(until, end);
      return { candidate, step, validationLogProb: score(candidate, step), ended: step === end };
    },
    timeIsUp,
    onRound: (rounds, alive) => void reported.push({ rounds: [...rounds], alive }),
  };
  const finalists = await race({ candidates: 6, finalists: 1, raceSteps: 100, rounds: [], ...options }, control);
  return { finalists, advanced, reported, rounds: reported.at(-1)?.rounds ?? [] };
}

const order = ({ standings }: Round) => standings.map(({ candidate }) => candidate);
/** The higher the number, the better. */
const byNumber: Score = (candidate) => candidate;

test('the better half goes on to twice as many steps, until one is left', async () => {
  const { finalists, advanced, reported } = await run(byNumber);
  assert.deepEqual(finalists, [5]);
  assert.deepEqual(
    advanced,
    [0, 1, 2, 3, 4, 5, 5, 4, 3, 5, 4].map((candidate, index) => [candidate, index < 6 ? 100 : index < 9 ? 200 : 400]),
  );
  assert.deepEqual(
    reported.map(({ alive }) => alive),
    [[5, 4, 3], [5, 4], [5]],
  );
  const { rounds } = reported[2];
  assert.deepEqual(
    rounds.map(({ until, standings }) => [until, standings.length]),
    [
      [100, 6],
      [200, 3],
      [400, 2],
    ],
  );
  assert.deepEqual(order(rounds[0]), [5, 4, 3, 2, 1, 0], 'best first');
});

test('what decides is how a candidate stands at the end of the round, not how it stood before', async () => {
  // Candidate 3 is the best only after 200 steps.
  const late: Score = (candidate, step) => (candidate === 3 && step > 100 ? 10 : candidate);
  assert.deepEqual((await run(late)).finalists, [3]);
});

test('no more than are sought are left, best first', async () => {
  const { finalists, reported } = await run(byNumber, { options: { finalists: 4 } });
  assert.deepEqual(finalists, [5, 4, 3, 2]);
  assert.equal(reported.length, 1);
});

test('where all have a place there is no race', async () => {
  const { finalists, advanced } = await run(byNumber, { options: { candidates: 2, finalists: 2 } });
  assert.deepEqual([finalists, advanced], [[0, 1], []]);
});

test('of equally good candidates the first ones go on', async () => {
  const { finalists, rounds } = await run(() => -2);
  assert.deepEqual(finalists, [0]);
  assert.deepEqual(rounds.map(order), [
    [0, 1, 2, 3, 4, 5],
    [0, 1, 2],
    [0, 1],
  ]);
});

test('candidates that fail are last, and drop out however few others there are', async () => {
  const onlyOne: Score = (candidate) => (candidate === 2 ? -1000 : null);
  const { finalists, rounds } = await run(onlyOne, { options: { finalists: 3 } });
  assert.deepEqual(finalists, [2]);
  assert.deepEqual(rounds.map(order), [[2, 0, 1, 3, 4, 5]]);
  const later: Score = (candidate, step) => (step > 100 && candidate > 3 ? null : candidate);
  assert.deepEqual((await run(later)).finalists, [3]);
});

test('when all fail nobody is left', async () => {
  const { finalists, rounds } = await run(() => null);
  assert.deepEqual([finalists, rounds.length], [[], 1]);
});

test('an error that is no failure of a candidate ends the race, after all that run', async () => {
  let running = 0;
  const broken: RaceControl['advance'] = async (candidate, until) => {
    running++;
    for (let turn = 0; turn <= candidate; turn++) await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (candidate === 1) throw new Error('out of reach');
    return { candidate, step: until, validationLogProb: 0, ended: false };
  };
  const control = { advance: broken, timeIsUp: () => false, onRound: () => assert.fail('no round has ended') };
  const options = { candidates: 3, finalists: 1, raceSteps: 10, rounds: [] };
  await assert.rejects(race(options, control), /out of reach/);
  assert.equal(running, 0);
});

test('taken up again after any round it goes on as it would have', async () => {
  const scores: Score = (candidate, step) => Math.sin(7 * candidate + step);
  const unbroken = await run(scores);
  assert.equal(unbroken.rounds.length, 3);
  for (let taken = 0; taken <= 3; taken++) {
    const rest = await run(scores, { options: { rounds: unbroken.rounds.slice(0, taken) } });
    assert.deepEqual(rest.finalists, unbroken.finalists, `after ${taken} rounds`);
    assert.deepEqual(rest.advanced, unbroken.advanced.slice([0, 6, 9, 11][taken]));
    if (taken < 3) assert.deepEqual(rest.rounds, unbroken.rounds);
  }
});

test('when its time is up whoever leads wins', async () => {
  const { finalists, rounds } = await run(byNumber, { timeIsUp: () => true });
  assert.deepEqual([finalists, rounds.length], [[5], 1]);
  const two = await run(byNumber, { options: { finalists: 2 }, timeIsUp: () => true });
  assert.deepEqual(two.finalists, [5, 4]);
  // One that was over by its time is not run again.
  const again = await run(byNumber, { options: { rounds }, timeIsUp: () => true });
  assert.deepEqual([again.finalists, again.advanced], [[5], []]);
});

test('when all have come to their ends there is nothing to wait for', async () => {
  const { finalists, rounds, advanced } = await run(byNumber, { end: 150 });
  assert.deepEqual(finalists, [5]);
  assert.deepEqual(
    rounds.map(({ standings }) => standings.map(({ step }) => step)),
    [new Array(6).fill(100), new Array(3).fill(150)],
  );
  assert.equal(advanced.length, 9);
  const again = await run(byNumber, { options: { rounds }, end: 150 });
  assert.deepEqual([again.finalists, again.advanced], [[5], []]);
});
