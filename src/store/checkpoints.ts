import type { Prisma } from './client/client.ts';

/**
 * Keeps from where training can be taken up again, in place of what an earlier attempt or moment left. False, and nothing
 * is written, unless that attempt is the model's latest and it trains: one statement checks and writes, and whoever would
 * change the model meanwhile waits for it.
 */
export async function saveCheckpoint(
  prisma: Prisma.TransactionClient,
  { modelId, attempt, bytes }: { modelId: string; attempt: number; bytes: Uint8Array },
): Promise<boolean> {
  const count = await prisma.$executeRaw`
    INSERT INTO model_checkpoints (model_id, attempt, bytes)
    SELECT id, attempt, ${bytes} FROM models
    WHERE id = ${modelId}::uuid AND attempt = ${attempt} AND status = 'training' FOR SHARE
    ON CONFLICT (model_id) DO UPDATE
    SET attempt = excluded.attempt, bytes = excluded.bytes, created_at = excluded.created_at`;
  return count === 1;
}

/** The newest checkpoint of a model, whichever attempt wrote it. */
export async function newestCheckpoint(
  prisma: Prisma.TransactionClient,
  modelId: string,
): Promise<Uint8Array | undefined> {
  const row = await prisma.modelCheckpoint.findUnique({ where: { modelId }, select: { bytes: true } });
  return row?.bytes;
}

/** To be called in the transaction that ends a model: there is nothing to take up again. */
export async function removeCheckpoint(tx: Prisma.TransactionClient, modelId: string): Promise<void> {
  await tx.modelCheckpoint.deleteMany({ where: { modelId } });
}
