import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SharedCounts } from '../../src/http/access/shared-counts.ts';
import { startTestStore, type TestStore } from '../support/postgres.ts';

const minute = 60_000;
let testStore: TestStore;
before(async () => {
  testStore = await startTestStore();
});
after(() => testStore[Symbol.asyncDispose]());

/** As one of the processes that count together, and what it has logged. */
function counter(rateCounts: ConstructorParameters<typeof SharedCounts>[0]['rateCounts'] = testStore.store.rateCounts) {
  const log: string[] = [];
  const shared = new SharedCounts({ rateCounts }, { warn: (_: unknown, text?: string) => void log.push(text ?? '') });
  const ask = (method: 'incr' | 'read', key: string, most: number, milliseconds = minute) =>
    new Promise<{ current: number; ttl: number }>((resolve, reject) =>
      shared[method](key, (error, result) => (result ? resolve(result) : reject(error)), milliseconds, most),
    );
  return { ask, log };
}

/** How many of so many requests the limit lets through. */
async function letThrough({ ask }: ReturnType<typeof counter>, key: string, most: number, requests: number) {
  const counted = await Promise.all(Array.from({ length: requests }, () => ask('incr', key, most)));
  return counted.filter(({ current }) => current <= most).length;
}

test('a small limit is kept to the request by processes that count together', async () => {
  const [one, other] = [counter(), counter()];
  for (let turn = 1; turn <= 5; turn++) {
    assert.equal((await one.ask('incr', 'small', 10)).current, 2 * turn - 1);
    const { current, ttl } = await other.ask('incr', 'small', 10);
    assert.equal(current, 2 * turn);
    assert.ok(ttl > 0 && ttl <= minute, String(ttl));
  }
  for (const each of [one, other]) {
    assert.equal((await each.ask('incr', 'small', 10)).current, 11);
    assert.equal((await each.ask('read', 'small', 10)).current, 10);
  }
  assert.equal((await one.ask('incr', 'another', 10)).current, 1);
});

test('of a large limit no more is let through, and little less', async () => {
  const processes = [counter(), counter(), counter()];
  const most = 1000;
  const through = await Promise.all(processes.map((each) => letThrough(each, 'large', most, 600)));
  const sum = through.reduce((total, count) => total + count, 0);
  assert.ok(sum <= most && sum >= most * 0.98, String(through));
});

test('few requests ask the database', async () => {
  let asked = 0;
  const { rateCounts } = testStore.store;
  const one = counter({
    add: (...usage) => {
      asked++;
      return rateCounts.add(...usage);
    },
    read: (counted) => rateCounts.read(counted),
    removeExpired: () => rateCounts.removeExpired(),
  });
  for (let request = 0; request < 1000; request++) await one.ask('incr', 'often', 10_000);
  assert.equal(asked, 10);
  // Of those that come together as many are asked for as there are.
  assert.equal(await letThrough(one, 'together', 50, 80), 50);
  assert.ok(asked <= 12, String(asked));
});

test('a count begins anew when its time is over', async () => {
  const { ask } = counter();
  assert.equal((await ask('incr', 'short', 1, 200)).current, 1);
  let again = await ask('incr', 'short', 1, 200);
  while (again.current > 1) again = await ask('incr', 'short', 1, 200);
  assert.equal(again.current, 1);
  await testStore.store.rateCounts.removeExpired();
});

test('what is over is removed, and nothing else', async () => {
  const { rateCounts, prisma } = testStore.store;
  await rateCounts.add('over', 1, -1);
  await rateCounts.add('not over', 1, minute);
  await rateCounts.removeExpired();
  const left = await prisma.rateCount.findMany({ where: { counted: { in: ['over', 'not over'] } } });
  assert.deepEqual(
    left.map(({ counted }) => counted),
    ['not over'],
  );
});

test('while the database is away each process counts for itself, and says so once', async () => {
  const away = async () => {
    throw new Error('away');
  };
  const { ask, log } = counter({ add: away, read: away, removeExpired: away });
  for (let request = 1; request <= 3; request++) assert.equal((await ask('incr', 'alone', 3)).current, request);
  assert.equal((await ask('incr', 'alone', 3)).current, 4);
  assert.equal((await ask('read', 'failures', 3)).current, 0);
  assert.equal(log.length, 1);
  assert.match(log[0], /this process counts for itself/);
});
