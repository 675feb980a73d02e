import type { Note } from './audit.ts';
import { Prisma } from './client/client.ts';
import { NotFoundError } from './errors.ts';
import { newId } from './ids.ts';
import { type NewModel, toNewRow } from './model.ts';
import { appendEvent } from './model-events.ts';
import type { Execute } from './transaction.ts';

/** Forgets that a model waits to be trained, if the transaction is committed. */
export type DequeueModel = (execute: Execute, id: string) => Promise<void>;

/** Asks for a model to be trained, if `transaction` is committed. */
export type EnqueueTraining = (transaction: Prisma.TransactionClient, id: string) => Promise<void>;

export interface QueuedModel {
  readonly owner: string;
  readonly model: NewModel;
  /** Of which it is a trial. */
  readonly sweepId?: string;
}

const foreignKeyViolation = 'P2003';

/**
 * Stores a queued model within a transaction, its first event and what `enqueue` and `note` write with it.
 * Throws NotFoundError when its dataset has been deleted.
 */
export async function insertQueued(
  tx: Prisma.TransactionClient,
  { owner, model, sweepId }: QueuedModel,
  { enqueue, note }: { enqueue: EnqueueTraining; note: Note },
): Promise<Prisma.ModelModel> {
  const id = newId();
  const version = await nextVersion(tx, owner, model.name);
  const data = { ...toNewRow({ id, owner, version }, model), ...(sweepId !== undefined && { sweepId }) };
  const row = await tx.model.create({ data }).catch((error) => {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === foreignKeyViolation)
      throw new NotFoundError('dataset', model.datasetId);
    throw error;
  });
  await appendEvent(tx, id, row.lastEvent, { type: 'status', data: { status: row.status } });
  await enqueue(tx, id);
  await note('model.created', row, sweepId === undefined ? {} : { sweepId });
  return row;
}

/** Throws NotFoundError when the owner has no such dataset. */
export async function findOwnDataset(tx: Prisma.TransactionClient, owner: string, datasetId: string): Promise<void> {
  const dataset = await tx.dataset.findFirst({ where: { id: datasetId, owner }, select: { id: true } });
  if (!dataset) throw new NotFoundError('dataset', datasetId);
}

/** The next of the numbers of an owner's models of this name; none is given twice, not even after a deletion. */
async function nextVersion(tx: Prisma.TransactionClient, owner: string, name: string): Promise<number> {
  const [{ versions }] = await tx.$queryRaw<[{ versions: number }]>`
    INSERT INTO model_names AS known (owner, name, versions) VALUES (${owner}, ${name}, 1)
    ON CONFLICT (owner, name) DO UPDATE SET versions = known.versions + 1 RETURNING versions`;
  return versions;
}
