import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { announce, type Happening, News } from '../../src/store/news.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { executeIn } from '../../src/store/transaction.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { silent, startTestStore, type TestStore } from '../support/postgres.ts';

let testStore: TestStore;
before(async () => {
  testStore = await startTestStore();
});
after(() => testStore[Symbol.asyncDispose]());

const tell = (happening: Happening, { prisma }: Store = testStore.store) =>
  prisma.$transaction((tx) => announce(executeIn(tx), happening));

/** What is heard, and how often something may have been missed, for as long as it is not disposed of. */
function ear(news: News) {
  const heard: string[] = [];
  let missed = 0;
  let wake = Promise.withResolvers<void>();
  const turn = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const listening = news.listen({
    happened({ what, id }) {
      heard.push(`${what} ${id}`);
      turn();
    },
    missed() {
      missed++;
      turn();
    },
  });
  const until = async (is: () => boolean) => {
    while (!is()) await wake.promise;
  };
  return { heard, until, missed: () => missed, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}

test('what is committed is heard by other processes and by the own, what is rolled back by none', async () => {
  const { databaseUrl } = testStore.store;
  const other = await openStore({ databaseUrl, dataDirectory: '/nowhere', log: silent });
  try {
    using here = ear(testStore.store.news);
    using there = ear(other.news);
    const rolledBack = testStore.store.prisma.$transaction(async (tx) => {
      await announce(executeIn(tx), { what: 'model.deleted', id: '1' });
      throw new Error('no');
    });
    await assert.rejects(rolledBack);
    await tell({ what: 'model.deleted', id: '2' }, other);
    await tell({ what: 'key.revoked', id: '3' });
    for (const { heard, until } of [here, there]) {
      await until(() => heard.includes('key.revoked 3'));
      assert.deepEqual(heard, ['model.deleted 2', 'key.revoked 3']);
    }
  } finally {
    await other.close();
  }
});

test('a connection that is lost is made again, and who listens is told that something may have been missed', async () => {
  await using proxy = await startDatabaseProxy(testStore.store.databaseUrl);
  const news = await News.open(proxy.databaseUrl, silent);
  try {
    using listener = ear(news);
    using watch = news.watch('5');
    const never = new AbortController().signal;
    proxy.cut();
    await listener.until(() => listener.missed() >= 1);
    // Whoever waits asks the database itself.
    await watch.change(2 ** 30, never);
    await tell({ what: 'model.event', id: '4' });
    await proxy.mend();
    const before = listener.missed();
    await listener.until(() => listener.missed() > before);
    // It may have been a try that failed: until one is heard.
    while (!listener.heard.includes('model.event 5')) {
      await tell({ what: 'model.event', id: '5' });
      await watch.change(1000, never);
    }
    assert.ok(!listener.heard.includes('model.event 4'));
  } finally {
    await news.close();
  }
});

test('a watch keeps what happens while nobody waits, and tells of its own thing only', async () => {
  const { news } = testStore.store;
  using listener = ear(news);
  using watch = news.watch('7');
  await tell({ what: 'model.event', id: '7' });
  await listener.until(() => listener.heard.length === 1);
  await watch.change(2 ** 30, new AbortController().signal);
  const gone = new AbortController();
  let hasChanged = false;
  const change = watch.change(2 ** 30, gone.signal).then(() => {
    hasChanged = true;
  });
  await tell({ what: 'model.event', id: '8' });
  await listener.until(() => listener.heard.length === 2);
  await setImmediate();
  assert.equal(hasChanged, false);
  gone.abort();
  await change;
});
