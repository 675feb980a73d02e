import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { KeyClaim } from '../../src/store/idempotency.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { silent, startTestStore, type TestStore, temporaryDirectory } from '../support/postgres.ts';

let testStore: TestStore;
let store: Store;
before(async () => {
  testStore = await startTestStore();
  store = testStore.store;
});
after(() => testStore[Symbol.asyncDispose]());

const inUse = { name: 'ConflictError', code: 'idempotency-key-in-use' };
const answer = { digest: 'a digest', status: 202, location: '/v1/models/1', body: '{"text":"\\u0000 é"}' };

async function claimed({ idempotencyKeys }: Store, key: string): Promise<KeyClaim> {
  const claim = await idempotencyKeys.claim('', key);
  return claim instanceof KeyClaim ? claim : assert.fail(`the key ${key} was used`);
}

const keep = (claim: KeyClaim) =>
  store.prisma.$transaction((tx) => claim.keep((sql, values) => tx.$executeRawUnsafe(sql, ...values), answer));

const expire = (key: string) =>
  store.prisma.idempotencyKey.updateMany({ where: { key }, data: { expiresAt: new Date(0) } });

test('a claim excludes others of the same caller until it is disposed of', async () => {
  {
    await using _ = await claimed(store, 'a');
    await assert.rejects(store.idempotencyKeys.claim('', 'a'), inUse);
    await using other = await store.idempotencyKeys
      .claim('another', 'a')
      .then((claim) => (claim instanceof KeyClaim ? claim : null));
    assert.ok(other);
  }
  await using _ = await claimed(store, 'a');
});

test('of many claims at once one is granted', async () => {
  const claims = await Promise.allSettled(Array.from({ length: 20 }, () => claimed(store, 'b')));
  const granted = claims.filter(({ status }) => status === 'fulfilled');
  assert.equal(granted.length, 1);
  for (const claim of claims)
    if (claim.status === 'rejected') assert.equal(claim.reason.code, inUse.code);
    else await claim.value[Symbol.asyncDispose]();
});

test('an answer that is kept outlives its claim', async () => {
  {
    await using claim = await claimed(store, 'c');
    await keep(claim);
  }
  assert.deepEqual(await store.idempotencyKeys.claim('', 'c'), answer);
});

test('an answer goes with the transaction that would have kept it', async () => {
  {
    await using claim = await claimed(store, 'd');
    const broken = store.prisma.$transaction(async (tx) => {
      await claim.keep((sql, values) => tx.$executeRawUnsafe(sql, ...values), answer);
      throw new Error('the connection was lost');
    });
    await assert.rejects(broken, /the connection was lost/);
  }
  await using _ = await claimed(store, 'd');
});

test('a claim that ran out is another’s, and its first owner can keep nothing', async () => {
  await using dead = await claimed(store, 'e');
  await expire('e');
  await using next = await claimed(store, 'e');
  await assert.rejects(keep(dead), inUse);
  await keep(next);
  assert.deepEqual(await store.idempotencyKeys.claim('', 'e'), answer);
});

test('a claim that is being answered while it runs out is not taken: the answer is waited for', async () => {
  await using claim = await claimed(store, 'f');
  await expire('f');
  const waiting = await store.prisma.$transaction(async (tx) => {
    await claim.keep((sql, values) => tx.$executeRawUnsafe(sql, ...values), answer);
    const claiming = store.idempotencyKeys.claim('', 'f');
    claiming.catch(() => {});
    const waits = 'SELECT count(*) > 0 AS "isBlocked" FROM pg_locks WHERE NOT granted';
    for (let isBlocked = false; !isBlocked; )
      [{ isBlocked }] = await store.prisma.$queryRawUnsafe<[{ isBlocked: boolean }]>(waits);
    return { claiming };
  });
  assert.deepEqual(await waiting.claiming, answer);
});

test('what is expired is removed with the next claim', async () => {
  for (const key of ['g', 'h']) {
    await using claim = await claimed(store, key);
    await keep(claim);
  }
  await expire('g');
  await using _ = await claimed(store, 'i');
  const left = await store.prisma.idempotencyKey.findMany({
    where: { key: { in: ['g', 'h'] } },
    select: { key: true },
  });
  assert.deepEqual(left, [{ key: 'h' }]);
});

test('what a killed process was doing on its own database is free at once, and what it had done is known', async () => {
  await using directory = await temporaryDirectory();
  const open = () => openStore({ databaseUrl: undefined, dataDirectory: directory.path, log: silent });
  const before = await open();
  await claimed(before, 'undone');
  const done = await claimed(before, 'done');
  await before.prisma.$transaction((tx) => done.keep((sql, values) => tx.$executeRawUnsafe(sql, ...values), answer));
  await before.close();
  const again = await open();
  try {
    await using _ = await claimed(again, 'undone');
    assert.deepEqual(await again.idempotencyKeys.claim('', 'done'), answer);
  } finally {
    await again.close();
  }
});
