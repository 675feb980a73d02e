import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Call, Schedule } from '../../src/serving/schedule.ts';

const model = (id: string) => ({ id, artefact: new Uint8Array(1000) });
const [a, b] = [model('a'), model('b')];
const row = (value: number) => Float64Array.of(value, value);

/** Threads that answer, each row with its first value, when they are told to. */
function heldThreads() {
  const runs: { id: string; name: string; rows: number[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const call = ((name: string, task: { model: { id: string }; rows: Float64Array }) => {
    const { promise, resolve, reject } = Promise.withResolvers<Float64Array>();
    const values = task.rows.filter((_, index) => index % 2 === 0);
    const finish = () => resolve(values);
    runs.push({ id: task.model.id, name, rows: Array.from(values), finish, fail: reject });
    return promise;
  }) as unknown as Call;
  return { call, runs };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a row starts at once where a thread is free; those that come meanwhile are scored together', async () => {
  const { call, runs } = heldThreads();
  const schedule = new Schedule(call, { threads: 1, timeoutSeconds: 10 });
  const results = [1, 2, 3, 4].map((value) => schedule.logProb(a, row(value), 1));
  assert.deepEqual(
    runs.map(({ rows }) => rows),
    [[1]],
  );
  runs[0].finish();
  await turn();
  assert.deepEqual(runs[1].rows, [2, 3, 4]);
  runs[1].finish();
  assert.deepEqual(
    (await Promise.all(results)).map(([value]) => value),
    [1, 2, 3, 4],
  );
  assert.equal(runs.length, 2);
});

test('rows are scored together with those of their model only, and get their own answers', async () => {
  const { call, runs } = heldThreads();
  const schedule = new Schedule(call, { threads: 1, timeoutSeconds: 10 });
  const results = [
    schedule.logProb(a, row(0), 1),
    schedule.logProb(b, row(1), 1),
    schedule.logProb(a, Float64Array.of(2, 2, 3, 3), 2),
    schedule.logProb(b, row(4), 1),
    schedule.logProb(a, row(5), 1),
  ];
  for (let run = 0; run < 3; run++) {
    runs[run].finish();
    await turn();
  }
  assert.deepEqual(
    runs.map(({ id, rows }) => [id, rows]),
    [
      ['a', [0]],
      ['b', [1, 4]],
      ['a', [2, 3, 5]],
    ],
  );
  assert.deepEqual(
    (await Promise.all(results)).map((values) => Array.from(values)),
    [[0], [1], [2, 3], [4], [5]],
  );
});

test('no run has more rows than keep others waiting for long', async () => {
  const { call, runs } = heldThreads();
  const schedule = new Schedule(call, { threads: 1, timeoutSeconds: 10 });
  const results = Array.from({ length: 22 }, () => schedule.logProb(a, new Float64Array(400), 200));
  for (let run = 0; run < 4; run++) {
    runs[run].finish();
    await turn();
  }
  assert.deepEqual(
    runs.map(({ rows }) => rows.length),
    [200, 2000, 2000, 200],
  );
  await Promise.all(results);
  const large = { id: 'large', artefact: new Uint8Array(2 ** 26) };
  const scored = schedule.logProb(large, new Float64Array(2 * 1000), 1000);
  for (let run = 4; run < 4 + 16; run++) {
    runs[run].finish();
    await turn();
  }
  assert.equal((await scored).length, 1000);
  assert.equal(runs[4].rows.length, 64);
});

test('what waits and what runs is told', async () => {
  const { call, runs } = heldThreads();
  const schedule = new Schedule(call, { threads: 1, timeoutSeconds: 10 });
  assert.deepEqual(schedule.stats(), { waiting: 0, running: 0 });
  const results = [schedule.logProb(a, row(1), 1), schedule.logProb(a, row(2), 1), schedule.logProb(b, row(3), 1)];
  // Three blocks of 2,048 rows.
  results.push(schedule.logProb(a, new Float64Array(2 * 6144), 6144));
  assert.deepEqual(schedule.stats(), { waiting: 5, running: 1 });
  for (let run = 0; run < 6; run++) {
    runs[run].finish();
    await turn();
  }
  await Promise.all(results);
  assert.deepEqual(schedule.stats(), { waiting: 0, running: 0 });
});

test('few rows take turns with the blocks of many', async () => {
  const { call, runs } = heldThreads();
  const schedule = new Schedule(call, { threads: 1, timeoutSeconds: 10 });
  const many = schedule.logProb(a, new Float64Array(2 * 6144), 6144);
  const few: Promise<unknown>[] = [schedule.logProb(a, row(1), 1)];
  for (let run = 0; run < 6; run++) {
    runs[run].finish();
    if (run < 4) few.push(schedule.logProb(a, row(1), 1));
    await turn();
  }
  assert.deepEqual(
    runs.map(({ rows }) => rows.length),
    [2048, 2, 2048, 2, 2048, 1],
  );
  await Promise.all([many, ...few]);
});

test('every thread has its run', async () => {
  const { call, runs } = heldThreads();
  const schedule = new Schedule(call, { threads: 3, timeoutSeconds: 10 });
  const results = [1, 2, 3, 4].map((value) => schedule.logProb(a, row(value), 1));
  assert.equal(runs.length, 3);
  for (const { finish } of runs) finish();
  await turn();
  runs[3].finish();
  await Promise.all(results);
});

test('a run that fails fails for all whose rows are in it, and the thread goes on', async () => {
  const { call, runs } = heldThreads();
  const schedule = new Schedule(call, { threads: 1, timeoutSeconds: 10 });
  const [first, second, third] = [1, 2, 3].map((value) => schedule.logProb(a, row(value), 1));
  runs[0].finish();
  await first;
  runs[1].fail(new RangeError('damaged'));
  for (const result of [second, third]) await assert.rejects(result, { name: 'RangeError', message: 'damaged' });
  const next = schedule.logProb(a, row(4), 1);
  await turn();
  runs[2].finish();
  assert.deepEqual(Array.from(await next), [4]);
});

test('what has waited too long is turned away by name, and what runs is not', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { call, runs } = heldThreads();
  const schedule = new Schedule(call, { threads: 1, timeoutSeconds: 0.001 });
  const running = schedule.logProb(a, row(1), 1);
  const waiting = [schedule.logProb(a, row(2), 1), schedule.logProb(a, new Float64Array(2000), 1000)];
  const refused = Promise.all(
    waiting.map((result) =>
      assert.rejects(result, {
        name: 'InferenceTimeoutError',
        message: 'Rows waited for a thread longer than INFERENCE_TIMEOUT_SECONDS=0.001 allows',
      }),
    ),
  );
  for (const late = performance.now() + 2; performance.now() < late; );
  t.mock.timers.tick(1000);
  await refused;
  runs[0].finish();
  assert.deepEqual(Array.from(await running), [1]);
  assert.equal(runs.length, 1);
});

test('draining waits for what waits', async () => {
  const { call, runs } = heldThreads();
  const schedule = new Schedule(call, { threads: 1, timeoutSeconds: 10 });
  const results = [a, b].map((each) => schedule.logProb(each, row(1), 1));
  let drained = false;
  const draining = schedule.drain().then(() => {
    drained = true;
  });
  runs[0].finish();
  await turn();
  assert.equal(drained, false);
  runs[1].finish();
  await draining;
  await Promise.all(results);
});
