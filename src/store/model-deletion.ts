import type { PoolClient } from 'pg';
import { aliasesOf } from './aliases.ts';
import type { Note, Subject } from './audit.ts';
import { unendedJobsOf } from './bulk-jobs.ts';
import { ConflictError } from './errors.ts';
import type { ModelStatus } from './model.ts';
import type { DequeueModel } from './queued-model.ts';
import { executeOn } from './transaction.ts';

/**
 * Deletes a model within a transaction; false when there is none, or it trains.
 * Throws ConflictError, having changed nothing, while a job works with it, or an alias stands for it or has it for a shadow.
 */
export async function deleteModel(
  client: PoolClient,
  { id, owner }: { id: string; owner: string | undefined },
  { note, dequeue }: { note: Note; dequeue?: DequeueModel | undefined },
): Promise<boolean> {
  // Locked first: whoever lets an alias stand for it, or a job work with it, holds it too, and is seen by the next queries.
  const { rows: found } = await client.query<{ status: ModelStatus }>(
    'SELECT status FROM models WHERE id = $1 AND owner = coalesce($2, owner) FOR UPDATE',
    [id, owner ?? null],
  );
  if (found.length === 0 || found[0].status === 'training') return false;
  const [job] = await unendedJobsOf(client, id);
  if (job) throw new ConflictError('model-in-use', `the job ${job.id} with the model ${id} is ${job.status}`);
  const aliases = await aliasesOf(client, id);
  if (aliases.length > 0) throw aliased(id, aliases);
  const { rows } = await client.query<Subject>('DELETE FROM models WHERE id = $1 RETURNING id, owner, name', [id]);
  await dequeue?.(executeOn(client), id);
  for (const deleted of rows) await note('model.deleted', deleted);
  return true;
}

function aliased(id: string, aliases: readonly string[]): ConflictError {
  const names = aliases.map((name) => JSON.stringify(name)).join(', ');
  return new ConflictError(
    'model-aliased',
    `the model ${id} is in use by the alias ${names}: move or delete that first`,
  );
}
