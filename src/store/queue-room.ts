import type { Prisma } from './client/client.ts';
import { QuotaError } from './errors.ts';

/** Any number, the same in every process: the first half of the key of the locks taken here. */
const lockSpace = 1_884_646_765;

/**
 * Makes sure that one more model of the owner may be queued. Until the transaction ends nobody else can queue one for this owner, so
 * that those who ask together are counted one after another.
 * Throws QuotaError.
 */
export async function makeRoomInQueue(tx: Prisma.TransactionClient, owner: string, most: number): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${lockSpace}::int, hashtext(${owner}))`;
  const queued = await tx.model.count({ where: { owner, status: 'queued' } });
  if (queued >= most)
    throw new QuotaError(
      'too-many-queued',
      `${queued} models are queued, as many as MAX_QUEUED_MODELS=${most} allows: wait for some, or cancel them`,
    );
}
