import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { inOrder } from '../../src/serving/in-order.ts';
import { collect } from '../support/tables.ts';

const later = (turns: number) =>
  Promise.resolve().then(async () => {
    for (let turn = 0; turn < turns; turn++) await setImmediate();
  });

test('results come in order, of at most so many tasks at a time', async () => {
  let running = 0;
  let most = 0;
  const results = await collect(
    inOrder([5, 1, 3, 0, 4, 2], 3, async (turns) => {
      most = Math.max(most, ++running);
      await later(turns);
      running--;
      return turns;
    }),
  );
  assert.deepEqual(results, [5, 1, 3, 0, 4, 2]);
  assert.equal(most, 3);
});

test('a result does not wait for the items after it', async () => {
  const released = Promise.withResolvers<void>();
  async function* items() {
    yield 1;
    await released.promise;
    yield 2;
  }
  const results = inOrder(items(), 4, async (item) => item);
  assert.equal((await results.next()).value, 1);
  released.resolve();
  assert.equal((await results.next()).value, 2);
  assert.equal((await results.next()).done, true);
});

test('no more items are asked for than there are tasks under way', async () => {
  let asked = 0;
  function* items() {
    for (;;) yield asked++;
  }
  const results = inOrder(items(), 2, async (item) => item);
  for (let expected = 0; expected < 5; expected++) assert.equal((await results.next()).value, expected);
  await later(5);
  assert.ok(asked <= 5 + 2 + 1, `${asked}`);
  await results.return(undefined);
});

test('failures of items and tasks come in their turn, and the source is let go', async () => {
  let ended = false;
  async function* items() {
    try {
      yield 1;
      yield 2;
      yield 3;
    } finally {
      ended = true;
    }
  }
  const results = inOrder(items(), 2, async (item) => {
    if (item === 2) throw new RangeError('two');
    return item;
  });
  assert.equal((await results.next()).value, 1);
  await assert.rejects(results.next(), { name: 'RangeError', message: 'two' });
  await later(2);
  assert.ok(ended);

  async function* failing() {
    yield 1;
    throw new TypeError('the source');
  }
  const others = inOrder(failing(), 2, async (item) => item);
  assert.equal((await others.next()).value, 1);
  await assert.rejects(others.next(), { name: 'TypeError', message: 'the source' });
});
