import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Models } from '../../src/store/models.ts';
import { createModel } from '../support/models.ts';
import { startTestStore, type TestStore } from '../support/postgres.ts';

let testStore: TestStore;
let models: Models;
before(async () => {
  testStore = await startTestStore();
  models = testStore.store.models;
});
after(() => testStore[Symbol.asyncDispose]());

async function startedModel(): Promise<string> {
  const { id } = await createModel(testStore.store);
  await models.startAttempt(id);
  return id;
}

const result = { artefact: Uint8Array.of(1), metrics: {}, warnings: [], progress: {} };
const kept = (modelId: string) => testStore.store.prisma.modelCheckpoint.findUnique({ where: { modelId } });

test('a checkpoint comes back as it was saved, the newest in place of the one before', async () => {
  const id = await startedModel();
  assert.equal(await models.checkpoint(id), undefined);
  const large = new Uint8Array(3 * 2 ** 20).map((_, index) => index ** 2);
  for (const bytes of [Uint8Array.of(0, 255, 10), large, new Uint8Array()]) {
    assert.equal(await models.saveCheckpoint(id, 1, bytes), true);
    assert.ok(Buffer.from(bytes).equals((await models.checkpoint(id)) ?? assert.fail('no checkpoint')));
  }
});

test('the next attempt finds what the one before has left, and replaces it', async () => {
  const id = await startedModel();
  await models.saveCheckpoint(id, 1, Uint8Array.of(1));
  await models.startAttempt(id);
  assert.deepEqual([...((await models.checkpoint(id)) ?? [])], [1]);
  assert.equal(await models.saveCheckpoint(id, 1, Uint8Array.of(7)), false);
  assert.equal((await kept(id))?.attempt, 1);
  assert.deepEqual([...((await models.checkpoint(id)) ?? [])], [1]);
  assert.equal(await models.saveCheckpoint(id, 2, Uint8Array.of(2)), true);
  assert.equal((await kept(id))?.attempt, 2);
  assert.deepEqual([...((await models.checkpoint(id)) ?? [])], [2]);
});

test('a model that does not train takes no checkpoint', async () => {
  const { id } = await createModel(testStore.store);
  assert.equal(await models.saveCheckpoint(id, 0, Uint8Array.of(1)), false);
  const unknown = '01a20de1-a91a-73d9-ab9c-4046e3f46189';
  assert.equal(await models.saveCheckpoint(unknown, 1, Uint8Array.of(1)), false);
  assert.equal(await models.checkpoint(unknown), undefined);
});

const ends: Record<string, (id: string) => Promise<unknown>> = {
  'made ready': (id) => models.complete(id, 1, result),
  failed: (id) => models.fail(id, 1, { code: 'diverged', message: 'diverged' }),
  'given up': (id) => models.giveUp(id),
  cancelled: (id) => models.markCancelled(id, 1),
  'cancelled with no attempt alive': async (id) => {
    await models.requestCancel(id);
    await models.startAttempt(id);
  },
};
for (const [end, bringToEnd] of Object.entries(ends))
  test(`a model that is ${end} keeps no checkpoint, and takes none`, async () => {
    const id = await startedModel();
    await models.saveCheckpoint(id, 1, Uint8Array.of(1));
    await bringToEnd(id);
    assert.ok((await models.get(id)).finishedAt);
    assert.equal(await kept(id), null);
    assert.equal(await models.saveCheckpoint(id, 1, Uint8Array.of(2)), false);
    assert.equal(await kept(id), null);
  });

test('a stale attempt that ends takes no checkpoint away', async () => {
  const id = await startedModel();
  await models.startAttempt(id);
  await models.saveCheckpoint(id, 2, Uint8Array.of(2));
  assert.equal(await models.complete(id, 1, result), false);
  assert.deepEqual([...((await models.checkpoint(id)) ?? [])], [2]);
});

test('checkpoints that are saved while a model ends do not outlive it', async () => {
  for (let round = 0; round < 10; round++) {
    const id = await startedModel();
    const bytes = new Uint8Array(100_000);
    await Promise.all([
      ...[1, 2, 3].map(() => models.saveCheckpoint(id, 1, bytes)),
      models.complete(id, 1, result),
      ...[1, 2, 3].map(() => models.saveCheckpoint(id, 1, bytes)),
    ]);
    assert.equal((await models.get(id)).status, 'ready');
    assert.equal(await kept(id), null, `round ${round}`);
  }
});

test('a checkpoint waits for who is ending the model, and is then refused', async () => {
  const id = await startedModel();
  const { prisma } = testStore.store;
  let saved: Promise<boolean> | undefined;
  await prisma.$transaction(async (tx) => {
    await tx.model.update({ where: { id }, data: { status: 'cancelled' } });
    saved = models.saveCheckpoint(id, 1, Uint8Array.of(1));
    // Begun, and seen to be waiting, before this transaction ends.
    for (let waiting = 0n; waiting === 0n; )
      [{ waiting }] = await prisma.$queryRaw<[{ waiting: bigint }]>`
        SELECT count(*) AS waiting FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND query LIKE '%model_checkpoints%'`;
  });
  assert.equal(await saved, false);
  assert.equal(await kept(id), null);
});

test('it goes when its model is deleted', async () => {
  const id = await startedModel();
  await models.saveCheckpoint(id, 1, Uint8Array.of(1));
  await testStore.store.prisma.model.delete({ where: { id } });
  assert.equal(await kept(id), null);
});
