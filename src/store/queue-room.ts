import type { ClientBase } from 'pg';
import type { Prisma } from './client/client.ts';
import { QuotaError } from './errors.ts';

/** Any numbers, the same in every process: the first half of the keys of the locks taken here. */
const lockSpace = 1_884_646_765;
const jobLockSpace = lockSpace + 1;

/**
 * Makes sure that one more model of the owner may be queued, or so many. Until the transaction ends nobody else can queue one for this owner, so
 * that those who ask together are counted one after another.
 * Throws QuotaError.
 */
export async function makeRoomInQueue(
  tx: Prisma.TransactionClient,
  owner: string,
  most: number,
  count = 1,
): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${lockSpace}::int, hashtext(${owner}))`;
  const queued = await tx.model.count({ where: { owner, status: 'queued' } });
  if (queued + count <= most) return;
  const message =
    count === 1
      ? `${queued} models are queued, as many as MAX_QUEUED_MODELS=${most} allows: wait for some, or cancel them`
      : `${queued} models are queued, and ${count} more would be more than MAX_QUEUED_MODELS=${most} allows`;
  throw new QuotaError('too-many-queued', message);
}

/** The same for one more bulk job of the owner that has not ended. */
export async function makeRoomForJob(client: ClientBase, owner: string, most: number): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1::int, hashtext($2))', [jobLockSpace, owner]);
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM bulk_jobs WHERE owner = $1 AND status IN ('queued', 'running')`,
    [owner],
  );
  if (rows[0].count >= most)
    throw new QuotaError(
      'too-many-jobs',
      `${rows[0].count} jobs are queued or running, as many as MAX_JOBS=${most} allows: wait for some, or cancel them`,
    );
}
