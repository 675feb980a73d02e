import type { Job, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';

const heartbeatMilliseconds = 3000;

/**
 * Does a job that was fetched, as pg-boss's own workers would: says all the while that its process is alive, and in the end whether it is
 * done. `signal` aborts when the job was given to another.
 */
export async function holdJob(
  boss: PgBoss,
  job: Job<unknown>,
  { work, log }: { work: (signal: AbortSignal) => Promise<void>; log: Logger },
): Promise<void> {
  const lost = new AbortController();
  const beat = async () => {
    if (lost.signal.aborted) return;
    try {
      // A database that cannot be reached says nothing of whose the job is.
      if (!(await isHeld(boss, job))) lost.abort(new Error(`the job ${job.id} was given to another`));
    } catch (error) {
      log.error({ err: error }, 'queue error');
    }
  };
  const timer = setInterval(beat, heartbeatMilliseconds);
  try {
    await work(lost.signal);
    await boss.complete(job.name, job);
  } catch (error) {
    await boss.fail(job.name, job, asError(error));
  } finally {
    clearInterval(timer);
  }
}

/** Tells the queue that the job is being done; whether it still is this attempt's. */
async function isHeld(boss: PgBoss, job: Job<unknown>): Promise<boolean> {
  // It answers with what it found, of which its types say nothing.
  const { affected }: { affected?: number } = await boss.touch(job.name, job);
  return affected !== 0;
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));
