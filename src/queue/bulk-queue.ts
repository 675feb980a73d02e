import type { ClientBase } from 'pg';
import type { Db, JobInsert, JobPollingOptions, JobWithMetadata, PgBoss, QueueOptions } from 'pg-boss';
import type { Logger } from 'pino';
import type { CreatedParts } from '../store/bulk-jobs.ts';
import { eventually } from '../store/eventually.ts';
import type { Store } from '../store/store.ts';
import { isUnavailable } from '../store/unavailable.ts';
import type { Origin } from '../telemetry/origin.ts';
import { nextTurn, overtake } from './fair-turns.ts';

/** Something to do for a bulk job: one of its parts, or with null what comes after all of them, the dataset. */
export interface BulkTask extends Origin {
  readonly jobId: string;
  readonly part: number | null;
}

export type BulkHandler = (task: BulkTask) => Promise<void>;

interface QueuedTask extends BulkTask {
  readonly owner: string;
  /** Of its job, among its owner's. */
  readonly urgency?: number;
}

export const bulk = 'bulk';
export const bulkBrokenOff = 'bulk-broken-off';

/** How often a part may break off, but the last time. */
const retryLimit = 4;
/** Parts that are put into the queue in one statement. */
const batchSize = 1000;
/** Before all parts, whose priorities are 0 and less. */
const gatheringPriority = 1;

export const bulkOptions: QueueOptions = { retryLimit };

/** The same transaction, for pg-boss. */
export const through = (client: ClientBase): Db => ({ executeSql: (text, values = []) => client.query(text, values) });

/** The parts of bulk jobs, of all owners in turn (see `nextTurn`), and of each owner the most urgent first. */
export class BulkQueue {
  readonly #boss: PgBoss;
  readonly #store: Store;
  readonly #log: Logger;
  #stopping = false;
  #running = 0;

  constructor(boss: PgBoss, store: Store, log: Logger) {
    this.#boss = boss;
    this.#store = store;
    this.#log = log;
  }

  /** Asks for parts to be done, if the transaction of `client` is committed. */
  async enqueue(client: ClientBase, parts: CreatedParts, origin: Origin = {}): Promise<void> {
    await enqueueParts(this.#boss, client, parts, origin);
  }

  /** Asks for the dataset of a job, if the transaction of `client` is committed. */
  async enqueueGathering(client: ClientBase, { jobId, owner }: Pick<CreatedParts, 'jobId' | 'owner'>, origin: Origin) {
    await this.#boss.insert(bulk, [gathering({ jobId, owner }, origin)], { db: through(client) });
  }

  /** Forgets what waits of a job, if the transaction of `client` is committed; what was taken finds that there is nothing to do. */
  readonly dequeue = async (client: ClientBase, jobId: string): Promise<void> => {
    await client.query(
      `DELETE FROM pgboss.job WHERE name = $1 AND state IN ('created', 'retry') AND data ->> 'jobId' = $2`,
      [bulk, jobId],
    );
  };

  /**
   * Takes up to `concurrency` tasks at a time until `drain`. One whose handler throws, or whose process dies, is given out again, five
   * times in all; then its job is given up. A database that cannot be reached is no attempt's fault, and does not count.
   */
  async take(concurrency: number, handler: BulkHandler): Promise<void> {
    const polling = { pollingIntervalSeconds: 0.5 };
    await this.#boss.work<QueuedTask>(bulkBrokenOff, polling, async (jobs) => {
      for (const { data } of jobs) await this.#giveUp(data);
    });
    // One by one: each is woken by its own id.
    for (let place = 0; place < concurrency; place++) await this.#takeOneByOne(handler, polling);
  }

  async #takeOneByOne(handler: BulkHandler, polling: JobPollingOptions): Promise<void> {
    const options = { ...polling, heartbeatRefreshSeconds: 3, includeMetadata: true } as const;
    const worker: string = await this.#boss.work(bulk, options, async (jobs: JobWithMetadata<QueuedTask>[]) => {
      for (const job of jobs) {
        this.#running++;
        await this.#do(job, handler).finally(() => this.#running--);
      }
      // Where there was one there may be more, and looking for it costs less than waiting.
      this.#boss.notifyWorker(worker);
    });
  }

  async #giveUp({ jobId, part, reqId }: QueuedTask): Promise<void> {
    if (await this.#store.bulkWork.giveUp(jobId, part, this.dequeue))
      this.#log.error({ reqId, jobId, part }, 'a job is given up: every attempt at a part of it broke off');
  }

  async #do({ data, priority, signal }: JobWithMetadata<QueuedTask>, handler: BulkHandler): Promise<void> {
    const { jobId, part, reqId, owner } = data;
    try {
      await handler(data);
    } catch (error) {
      if (!this.#stopping && !isUnavailable(error)) {
        this.#log.error({ err: error, reqId, jobId, part }, 'an attempt at a part of a job broke off');
        throw error;
      }
      if (!this.#stopping) this.#log.warn({ err: error, reqId, jobId, part }, 'a part of a job waits for the database');
      // As a new one: giving this one back would cost it one of its retries.
      await eventually(
        () => this.#boss.send(bulk, data, { priority, group: { id: owner } }),
        () => this.#stopping || signal.aborted,
      );
    }
  }

  /** How many tasks are being done here and now. */
  get running(): number {
    return this.#running;
  }

  /** The tasks of all processes: those that wait to be taken, the first time or again, and those that were taken. */
  async stats(): Promise<{ readonly waiting: number; readonly active: number }> {
    const [stats] = await this.#store.prisma.$queryRaw<[{ waiting: number; active: number }]>`
      SELECT (count(*) FILTER (WHERE state <> 'active'))::int AS waiting, (count(*) FILTER (WHERE state = 'active'))::int AS active
      FROM pgboss.job WHERE name = ${bulk} AND state IN ('created', 'retry', 'active')`;
    return stats;
  }

  /** Takes no more tasks and waits for the running handlers. */
  async drain(): Promise<void> {
    this.#stopping = true;
    await Promise.all([this.#boss.offWork(bulk), this.#boss.offWork(bulkBrokenOff)]);
  }
}

/** Asks for what is left to do of every job that has not ended, in a queue where there is nothing of them. */
export async function enqueueUnendedJobs(boss: PgBoss, client: ClientBase): Promise<void> {
  const { rows } = await client.query<CreatedParts>(
    `SELECT id AS "jobId", owner, priority, coalesce(array_agg(number ORDER BY number) FILTER (WHERE bulk_parts.finished_at IS NULL), '{}')
       AS numbers
     FROM bulk_jobs JOIN bulk_parts ON job_id = id WHERE status IN ('queued', 'running') GROUP BY id ORDER BY id`,
  );
  for (const job of rows)
    if (job.numbers.length > 0) await enqueueParts(boss, client, job, {});
    else await boss.insert(bulk, [gathering(job, {})], { db: through(client) });
}

async function enqueueParts(
  boss: PgBoss,
  client: ClientBase,
  { jobId, owner, priority: urgency, numbers }: CreatedParts,
  origin: Origin,
): Promise<void> {
  const db = through(client);
  const turns = { queue: bulk, owner };
  const first = await nextTurn(db, turns);
  const tasks = numbers.map(
    (part, place): JobInsert<QueuedTask> => ({
      priority: -(first + place),
      group: { id: owner },
      data: { ...origin, jobId, part, owner, urgency },
    }),
  );
  for (let from = 0; from < tasks.length; from += batchSize)
    await boss.insert(bulk, tasks.slice(from, from + batchSize), { db });
  await overtake(db, turns, urgency);
}

function gathering({ jobId, owner }: Pick<CreatedParts, 'jobId' | 'owner'>, origin: Origin): JobInsert<QueuedTask> {
  return { priority: gatheringPriority, group: { id: owner }, data: { ...origin, jobId, part: null, owner } };
}
