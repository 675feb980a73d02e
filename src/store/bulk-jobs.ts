import type { ClientBase } from 'pg';
import type { Subject } from './audit.ts';
import { type BulkJob, type BulkJobRow, bulkJobColumns, type NewBulkJob, toBulkJob } from './bulk-job.ts';
import { insertParts, rangesOf } from './bulk-ranges.ts';
import { type Dequeue, forgetBytes } from './bulk-work.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import type { Keep } from './idempotency.ts';
import { checkId, newId } from './ids.ts';
import { Owned } from './owned.ts';
import { type Page, type PageRequest, pageQuery, toPage } from './page.ts';
import { makeRoomForJob } from './queue-room.ts';
import { executeOn } from './transaction.ts';

/** What is to be asked of the queue, in the transaction of the store's own writes. */
export interface CreatedParts {
  readonly jobId: string;
  readonly owner: string;
  /** Of the job, among its owner's. */
  readonly priority: number;
  readonly numbers: readonly number[];
}

/** What belongs to making a job besides the job itself. */
export interface BulkJobCreation {
  /** Asks for its parts to be done, if the transaction of `client` is committed. */
  enqueue(client: ClientBase, parts: CreatedParts): Promise<void>;
  /** Writes in the same transaction. */
  readonly keep?: Keep<BulkJob> | undefined;
  /** How many jobs of the owner may be queued or running, this one included. */
  readonly most?: number;
}

/** The bulk jobs and their life: queued -> running -> ready, failed or cancelled. What workers do to them is in `BulkWork`. */
export class BulkJobs extends Owned {
  /**
   * Stores a queued job with its parts, and with it, in the same transaction, what `enqueue` and `keep` write.
   * Throws NotFoundError when the owner has no such model or dataset, and QuotaError when too many jobs of the owner have not ended.
   */
  async create(job: NewBulkJob, { enqueue, keep, most }: BulkJobCreation): Promise<BulkJob> {
    const { name, kind, options, modelId, rows, priority = 0 } = job;
    const datasetId = 'datasetId' in rows ? rows.datasetId : null;
    const { owner } = this.actor;
    const id = newId();
    return this.audit.throughPool(this.actor, async (client, note) => {
      if (most !== undefined) await makeRoomForJob(client, owner, most);
      await holdOwn(client, 'model', { id: modelId, owner });
      if (datasetId !== null) await holdOwn(client, 'dataset', { id: datasetId, owner });
      const ranges = await rangesOf(client, job);
      const rowCount = ranges.reduce((sum, range) => sum + range.rowCount, 0);
      const inserted = await client.query<BulkJobRow>(
        `INSERT INTO bulk_jobs (id, owner, name, kind, options, model_id, dataset_id, part_count, row_count, priority)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${bulkJobColumns}`,
        [id, owner, name, kind, JSON.stringify(options), modelId, datasetId, ranges.length, rowCount, priority],
      );
      await insertParts(client, id, ranges);
      await enqueue(client, { jobId: id, owner, priority, numbers: [...ranges.keys()] });
      await note('job.created', { id, owner, name });
      const created = toBulkJob(inserted.rows[0]);
      await keep?.(executeOn(client), created);
      return created;
    });
  }

  /** Throws NotFoundError. */
  async get(id: string): Promise<BulkJob> {
    checkId('job', id);
    const row = await this.prisma.bulkJob.findFirst({ where: this.own(id) });
    if (!row) throw new NotFoundError('job', id);
    return toBulkJob(row);
  }

  /** Newest first. */
  async list(request: PageRequest): Promise<Page<BulkJob>> {
    return toPage(await this.prisma.bulkJob.findMany(pageQuery(request, this.owner)), request, toBulkJob);
  }

  /**
   * Ends a job; what its parts have brought is thrown away, as is what those bring that are being done.
   * Throws NotFoundError, and ConflictError when it has ended.
   */
  async cancel(id: string, dequeue: Dequeue): Promise<BulkJob> {
    checkId('job', id);
    const cancelled = await this.audit.throughPool(this.actor, async (client, note) => {
      const { rows } = await client.query<BulkJobRow & Subject>(
        `UPDATE bulk_jobs SET status = 'cancelled', finished_at = now()
         WHERE id = $1 AND owner = coalesce($2, owner) AND status IN ('queued', 'running')
         RETURNING ${bulkJobColumns}, owner`,
        [id, this.owner],
      );
      const [row] = rows;
      if (!row) return undefined;
      await forgetBytes(executeOn(client), id);
      await dequeue(client, id);
      await note('job.cancelled', row);
      return toBulkJob(row);
    });
    if (cancelled) return cancelled;
    const { status } = await this.get(id);
    throw new ConflictError('job-ended', `the job ${id} is ${status} already`);
  }

  /** Removes a job that has ended; the dataset that it made stays. Throws NotFoundError, and ConflictError before its end. */
  async delete(id: string): Promise<void> {
    checkId('job', id);
    const isDeleted = await this.audit.throughPool(this.actor, async (client, note) => {
      const { rows } = await client.query<Subject>(
        `DELETE FROM bulk_jobs WHERE id = $1 AND owner = coalesce($2, owner) AND status NOT IN ('queued', 'running')
         RETURNING id, owner, name`,
        [id, this.owner],
      );
      for (const job of rows) await note('job.deleted', job);
      return rows.length > 0;
    });
    if (isDeleted) return;
    const { status } = await this.get(id);
    throw new ConflictError('job-running', `the job ${id} is ${status}: cancel it first`);
  }

  /** The jobs of all owners that have not ended. */
  async stats(): Promise<{ readonly queued: number; readonly running: number }> {
    const { rows } = await this.pool.query<{ queued: number; running: number }>(
      `SELECT (count(*) FILTER (WHERE status = 'queued'))::int AS queued,
         (count(*) FILTER (WHERE status = 'running'))::int AS running
       FROM bulk_jobs WHERE status IN ('queued', 'running')`,
    );
    return rows[0];
  }
}

/** What a request may do with its owner's jobs. */
export type OwnBulkJobs = Pick<BulkJobs, 'create' | 'get' | 'list' | 'cancel' | 'delete'>;

/** The jobs that work with a model: while there are any, it cannot be deleted. */
export async function unendedJobsOf(
  client: ClientBase,
  modelId: string,
): Promise<{ readonly id: string; readonly status: 'queued' | 'running' }[]> {
  const { rows } = await client.query<{ id: string; status: 'queued' | 'running' }>(
    `SELECT id, status FROM bulk_jobs WHERE model_id = $1 AND status IN ('queued', 'running') ORDER BY id`,
    [modelId],
  );
  return rows;
}

/** Nobody can delete it until the transaction ends. Throws NotFoundError where the owner has no such thing. */
async function holdOwn(
  client: ClientBase,
  kind: 'model' | 'dataset',
  { id, owner }: { id: string; owner: string },
): Promise<void> {
  checkId(kind, id);
  const { rowCount } = await client.query(`SELECT 1 FROM ${kind}s WHERE id = $1 AND owner = $2 FOR KEY SHARE`, [
    id,
    owner,
  ]);
  if (rowCount === 0) throw new NotFoundError(kind, id);
}
