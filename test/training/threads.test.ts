import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrainingThreads } from '../../src/training/threads.ts';
import { problemOf } from '../support/training.ts';
import { twoMoons } from '../support/two-moons.ts';

test('a thread that dies breaks off its own task, and what waits for a thread is done', async () => {
  const { rows, context, training, seed } = problemOf(twoMoons(100, { noise: 0.1, seed: 1 }), ['x', 'y']);
  const task = { rows, context, missing: 'reject', training, seed } as const;
  // More than the thread has room for.
  const tooMuch = { ...task, ballast: Array.from({ length: 2_000_000 }, (_, index) => ({ index })) };
  const threads = new TrainingThreads({ engine: 'onnx', threads: 1, heapMegabytes: 64 });
  const [first, second, third] = await Promise.allSettled([tooMuch, task, task].map((each) => threads.prepare(each)));
  await threads.close();
  assert.ok(first.status === 'rejected');
  assert.equal(first.reason.code, 'ERR_WORKER_OUT_OF_MEMORY');
  assert.deepEqual([second.status, third.status], ['fulfilled', 'fulfilled']);
});
