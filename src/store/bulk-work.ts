import type { ClientBase, Pool } from 'pg';
import {
  type BulkJob,
  type BulkJobError,
  type BulkJobRow,
  type BulkPart,
  bulkJobColumns,
  toBulkJob,
  toBulkJobError,
} from './bulk-job.ts';
import { type Execute, executeOn, transaction } from './transaction.ts';

/** Forgets what the queue still has of a job, if the transaction of `client` is committed. */
export type Dequeue = (client: ClientBase, jobId: string) => Promise<void>;

/** A job, and to whom it belongs. */
export interface OwnedJob {
  readonly owner: string;
  readonly job: BulkJob;
}

/** A job came to its end while its dataset was being made. */
export class JobEndedError extends Error {
  override name = 'JobEndedError';
}

/**
 * What workers do to bulk jobs, of all owners. A part may be begun again while an earlier attempt, thought dead, is still at work. So
 * what an attempt makes is kept only while it is the latest one, the part is not done and the job has not ended: whoever changes
 * one of these holds the job's row.
 */
export class BulkWork {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Begins the next attempt at a part. Undefined when there is nothing to do: it is done, or the job has ended or is gone. */
  async startPart(jobId: string, number: number): Promise<(OwnedJob & { readonly part: BulkPart }) | undefined> {
    await this.#pool.query(
      `UPDATE bulk_jobs SET status = 'running', started_at = now() WHERE id = $1 AND status = 'queued'`,
      [jobId],
    );
    const { rows } = await this.#pool.query<{ attempt: number; firstRow: string; partRows: number }>(
      `UPDATE bulk_parts SET attempt = attempt + 1 WHERE job_id = $1 AND number = $2 AND finished_at IS NULL
         AND EXISTS (SELECT 1 FROM bulk_jobs WHERE id = $1 AND status = 'running')
       RETURNING attempt, first_row AS "firstRow", row_count AS "partRows"`,
      [jobId, number],
    );
    const [found] = rows;
    const owned = found && (await this.#running(jobId));
    if (!owned) return undefined;
    const { attempt, firstRow, partRows } = found;
    return { ...owned, part: { jobId, number, attempt, firstRow: Number(firstRow), rowCount: partRows } };
  }

  /**
   * Keeps what an attempt made of its part; with the last part, `enqueueGathering` asks for the dataset to be made, in the same
   * transaction. False, and nothing is kept, when the attempt is stale.
   */
  async finishPart(
    { jobId, number, attempt }: BulkPart,
    bytes: Uint8Array,
    enqueueGathering: (client: ClientBase) => Promise<void>,
  ): Promise<boolean> {
    return transaction(this.#pool, async (client) => {
      const held = await client.query(
        `SELECT 1 FROM bulk_jobs WHERE id = $1 AND status = 'running' FOR NO KEY UPDATE`,
        [jobId],
      );
      if (held.rowCount === 0) return false;
      const kept = await client.query<{ rowCount: number }>(
        `UPDATE bulk_parts SET bytes = $4, finished_at = now(), error = NULL
         WHERE job_id = $1 AND number = $2 AND attempt = $3 AND finished_at IS NULL RETURNING row_count AS "rowCount"`,
        [jobId, number, attempt, bytes],
      );
      if (kept.rows.length === 0) return false;
      const { rows } = await client.query<{ all: boolean }>(
        `UPDATE bulk_jobs SET parts_done = parts_done + 1, rows_done = rows_done + $2 WHERE id = $1
         RETURNING parts_done = part_count AS all`,
        [jobId, kept.rows[0].rowCount],
      );
      if (rows[0].all) await enqueueGathering(client);
      return true;
    });
  }

  /** Notes why an attempt at a part failed. */
  async noteFailure({ jobId, number, attempt }: BulkPart, error: BulkJobError): Promise<void> {
    await this.#pool.query(
      'UPDATE bulk_parts SET error = $4 WHERE job_id = $1 AND number = $2 AND attempt = $3 AND finished_at IS NULL',
      [jobId, number, attempt, JSON.stringify(error)],
    );
  }

  /** Fails a job, and forgets what its parts have brought. False when it has ended, or is gone. */
  async fail(jobId: string, error: BulkJobError, dequeue: Dequeue): Promise<boolean> {
    return transaction(this.#pool, async (client) => {
      const { rowCount } = await client.query(
        `UPDATE bulk_jobs SET status = 'failed', finished_at = now(), error = $2
         WHERE id = $1 AND status IN ('queued', 'running')`,
        [jobId, JSON.stringify(error)],
      );
      if (rowCount === 0) return false;
      await forgetBytes(executeOn(client), jobId);
      await dequeue(client, jobId);
      return true;
    });
  }

  /** Fails a job of which nobody will try a part again, or the dataset where that is null. False when it has ended, or is gone. */
  async giveUp(jobId: string, number: number | null, dequeue: Dequeue): Promise<boolean> {
    return this.fail(jobId, await this.#exhausted(jobId, number), dequeue);
  }

  async #exhausted(jobId: string, number: number | null): Promise<BulkJobError> {
    const code = 'attempts-exhausted';
    if (number === null) return { code, message: 'every attempt at making the dataset of the parts broke off' };
    const { rows } = await this.#pool.query<{ first: string; last: string; attempt: number; error: unknown }>(
      `SELECT first_row AS first, first_row + row_count - 1 AS last, attempt, error FROM bulk_parts
       WHERE job_id = $1 AND number = $2`,
      [jobId, number],
    );
    const [part] = rows;
    const which = part ? `part ${number}, rows ${part.first} to ${part.last}` : `part ${number}`;
    const reason = part?.error ? `: ${toBulkJobError(part.error).message}` : '';
    return { code, message: `every attempt at ${which}, ${part?.attempt ?? 0} in all, broke off${reason}` };
  }

  /** A job of which every part is done, and that has no dataset yet; else undefined. */
  async gathering(jobId: string): Promise<OwnedJob | undefined> {
    const owned = await this.#running(jobId);
    return owned && owned.job.partsDone === owned.job.partCount ? owned : undefined;
  }

  /** What the parts of a job have brought, in order, read one at a time; it ends early where the job does. */
  async *results(jobId: string): AsyncGenerator<{ readonly rowCount: number; readonly bytes: Uint8Array }> {
    for (let number = 0; ; number++) {
      const { rows } = await this.#pool.query<{ rowCount: number; bytes: Buffer }>(
        `SELECT row_count AS "rowCount", bytes FROM bulk_parts
         WHERE job_id = $1 AND number = $2 AND bytes IS NOT NULL`,
        [jobId, number],
      );
      if (rows.length === 0) return;
      yield rows[0];
    }
  }

  /** In the transaction that stores the dataset: the job is ready. Throws JobEndedError where it has come to its end before. */
  async complete(execute: Execute, jobId: string, outputId: string): Promise<void> {
    const touched = await execute(
      `UPDATE bulk_jobs SET status = 'ready', finished_at = clock_timestamp(), output_id = $2::uuid
       WHERE id = $1::uuid AND status = 'running' AND parts_done = part_count`,
      [jobId, outputId],
    );
    if (touched !== 1) throw new JobEndedError(`the job ${jobId} has come to its end before`);
    await forgetBytes(execute, jobId);
  }

  async #running(jobId: string): Promise<OwnedJob | undefined> {
    const { rows } = await this.#pool.query<BulkJobRow & { owner: string }>(
      `SELECT ${bulkJobColumns}, owner FROM bulk_jobs WHERE id = $1 AND status = 'running'`,
      [jobId],
    );
    return rows[0] && { owner: rows[0].owner, job: toBulkJob(rows[0]) };
  }
}

/** By whoever has ended the job: the dataset has them, or nobody needs them. */
export async function forgetBytes(execute: Execute, jobId: string): Promise<void> {
  await execute('UPDATE bulk_parts SET bytes = NULL WHERE job_id = $1::uuid AND bytes IS NOT NULL', [jobId]);
}
