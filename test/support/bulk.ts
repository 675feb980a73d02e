import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from '../../src/queue/queue.ts';
import type { BulkJob, NewBulkJob } from '../../src/store/bulk-job.ts';
import type { Store } from '../../src/store/store.ts';

/** A job of this owner, put into the queue as a request would, but in parts as small as a test wants them. */
export function createBulkJob(
  { store, queue }: { store: Store; queue: Queue },
  job: Omit<NewBulkJob, 'name' | 'options'> & Partial<NewBulkJob>,
  owner = 'local',
): Promise<BulkJob> {
  return store
    .for({ owner })
    .bulkJobs.create(
      { name: job.kind, options: {}, ...job },
      { enqueue: (client, parts) => queue.bulk.enqueue(client, parts) },
    );
}

/** Waits until a job fits; fails when that takes longer than `seconds`. */
export async function untilJob(
  store: Store,
  id: string,
  fits: (job: BulkJob) => boolean,
  seconds = 60,
): Promise<BulkJob> {
  const deadline = performance.now() + 1000 * seconds;
  for (;;) {
    const job = await store.bulkJobs.get(id);
    if (fits(job)) return job;
    assert.ok(performance.now() < deadline, `after ${seconds} s: ${JSON.stringify(job)}`);
    await sleep(20);
  }
}

export const untilReady = async (store: Store, id: string, seconds = 60): Promise<BulkJob> => {
  const job = await untilJob(store, id, ({ status }) => !['queued', 'running'].includes(status), seconds);
  assert.equal(job.status, 'ready', JSON.stringify(job.error));
  return job;
};

/** Of the stored bytes of a dataset, part by part. */
export async function digestOf(store: Store, datasetId: string | null): Promise<string> {
  const hash = createHash('sha256');
  for await (const { firstRow, rowCount, bytes } of store.datasets.parts(datasetId ?? assert.fail('no dataset')))
    hash.update(`${firstRow} ${rowCount}\n`).update(bytes);
  return hash.digest('hex');
}
