import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { SpillQueue, unhurried } from '../../src/http/answers/spill-queue.ts';
import { temporaryDirectory } from '../support/postgres.ts';
import { collect } from '../support/tables.ts';

const chunks = (count: number) => Array.from({ length: count }, () => randomBytes(100_000));
const whole = async (parts: AsyncIterable<Uint8Array>) => Buffer.concat(await collect(parts));

test('more than memory takes waits on disk, comes in order, and is gone afterwards', async () => {
  await using directory = await temporaryDirectory();
  const pushed = chunks(30);
  {
    await using queue = new SpillQueue(directory.path);
    for (const chunk of pushed) await queue.push(chunk);
    assert.equal((await readdir(directory.path)).length, 1);
    queue.end();
    assert.ok(Buffer.concat(pushed).equals(await whole(queue)));
  }
  assert.deepEqual(await readdir(directory.path), []);
});

test('what is read meanwhile and what is not keep their order', async () => {
  await using directory = await temporaryDirectory();
  await using queue = new SpillQueue(directory.path);
  const pushed = chunks(60);
  const read: Buffer[] = [];
  const reader = queue[Symbol.asyncIterator]();
  for (const [index, chunk] of pushed.entries()) {
    await queue.push(chunk);
    // By turns nothing is read, and so much that the queue is nearly or wholly empty.
    if (index % 20 === 19) for (let reads = 0; reads < 25; reads++) read.push((await reader.next()).value);
  }
  queue.end();
  for (let next = await reader.next(); !next.done; next = await reader.next()) read.push(next.value);
  assert.ok(Buffer.concat(pushed).equals(Buffer.concat(read)));
});

test('a source is read to its end though nobody takes what it gives', async () => {
  await using directory = await temporaryDirectory();
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const pushed = chunks(30);
  async function* source() {
    yield* pushed;
    resolve();
  }
  const taken = unhurried(source(), directory.path);
  const first = await taken.next();
  await ended;
  const rest = await whole(taken);
  assert.ok(Buffer.concat(pushed).equals(Buffer.concat([first.value ?? Buffer.alloc(0), rest])));
  assert.deepEqual(await readdir(directory.path), []);
});

test('an error of the source comes in its place, and at once where all is asked for', async () => {
  await using directory = await temporaryDirectory();
  async function* source() {
    yield 'a';
    throw new RangeError('no more');
  }
  const taken = unhurried(source(), directory.path);
  assert.equal(String((await taken.next()).value), 'a');
  await assert.rejects(taken.next(), { message: 'no more' });
  await assert.rejects(unhurried(source(), directory.path, { whole: true }).next(), { message: 'no more' });
  assert.deepEqual(await readdir(directory.path), []);
});

test('who stops early stops the source', async () => {
  await using directory = await temporaryDirectory();
  let ended = false;
  async function* source() {
    try {
      for (;;) {
        yield 'a';
        await new Promise(setImmediate);
      }
    } finally {
      ended = true;
    }
  }
  for await (const _ of unhurried(source(), directory.path)) break;
  assert.ok(ended);
});
