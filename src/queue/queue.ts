import { fromPrisma, type Job, PgBoss, type QueueOptions } from 'pg-boss';
import type { Logger } from 'pino';
import type { Prisma } from '../store/client/client.ts';
import type { Store } from '../store/store.ts';
import type { Origin } from '../telemetry/origin.ts';

/** Work that outlives the request that asked for it, shared by every process on the same database. */
export interface Queue {
  /** Asks for a model to be trained, if `transaction` is committed. */
  enqueueTraining(transaction: Prisma.TransactionClient, modelId: string, origin?: Origin): Promise<void>;
  /**
   * Takes up to `concurrency` jobs at a time until `stop`. A job whose handler throws, or whose process dies, is given
   * out again, three times in all; after that its model is given up. `signal` aborts when the job was given to another.
   */
  takeTraining(concurrency: number, handler: TrainingHandler): Promise<void>;
  isRunning(): boolean;
  /** The training jobs of all processes: those that wait to be taken, the first time or again, and those that were taken. */
  stats(): Promise<{ readonly waiting: number; readonly active: number }>;
  /**
   * Takes no more jobs, waits for the running handlers, and lets go of the database. A handler that throws from here on
   * was interrupted by the shutdown: its job is kept for the next process and does not count as an attempt.
   */
  stop(): Promise<void>;
}

export type TrainingHandler = (modelId: string, signal: AbortSignal, origin: Origin) => Promise<void>;

interface TrainingJob extends Origin {
  readonly modelId: string;
}

const training = 'training';
const brokenOff = 'training-broken-off';

/** A process that has not been heard of for so long is taken for dead; pg-boss allows no less. */
const heartbeatSeconds = 10;
/** How often is looked for dead processes; with the heartbeat, the bound on how long their jobs wait. */
const monitorSeconds = 5;
const day = 24 * 60 * 60;

const trainingOptions: QueueOptions & { deadLetter: string } = {
  retryLimit: 2,
  retryDelay: 1,
  retryBackoff: true,
  heartbeatSeconds,
  // The longest that pg-boss allows: the heartbeat, not a time limit, tells a dead process from a long training.
  expireInSeconds: day,
  retentionSeconds: 365 * day,
  deadLetter: brokenOff,
};

/** Connects the queue to the store's database. */
export async function startQueue(store: Store, log: Logger): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: store.databaseUrl,
    application_name: 'pushforward-queue',
    max: 4,
    connectionTimeoutMillis: 10_000,
    schedule: false,
    superviseIntervalSeconds: monitorSeconds,
    monitorIntervalSeconds: monitorSeconds,
  });
  boss.on('error', (error) => log.error({ err: error }, 'queue error'));
  boss.on('warning', (warning) => log.warn(warning, 'queue warning'));
  await boss.start();
  await boss.createQueue(brokenOff, { expireInSeconds: 60, retentionSeconds: 365 * day });
  await boss.createQueue(training, trainingOptions);
  if (store.embedded) await failOrphans(boss, store, log);
  return new TrainingQueue(boss, store, log);
}

/** No other process can be at work on an embedded database: whatever its jobs say, they are not being done. */
async function failOrphans(boss: PgBoss, store: Store, log: Logger): Promise<void> {
  const orphans = await store.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM pgboss.job WHERE name = ${training} AND state = 'active'`;
  if (orphans.length === 0) return;
  log.warn({ jobs: orphans.length }, 'taking up the training that a killed process left');
  const ids = orphans.map(({ id }) => id);
  await boss.fail(training, ids, { message: 'the process that had the job was killed' });
}

class TrainingQueue implements Queue {
  readonly #boss: PgBoss;
  readonly #store: Store;
  readonly #log: Logger;
  #stopping = false;

  constructor(boss: PgBoss, store: Store, log: Logger) {
    this.#boss = boss;
    this.#store = store;
    this.#log = log;
  }

  async enqueueTraining(transaction: Prisma.TransactionClient, modelId: string, origin: Origin = {}): Promise<void> {
    const data: TrainingJob = { modelId, ...origin };
    await this.#boss.send(training, data, { db: fromPrisma(transaction) });
  }

  async takeTraining(concurrency: number, handler: TrainingHandler): Promise<void> {
    const polling = { pollingIntervalSeconds: 0.5 };
    await this.#boss.work<TrainingJob>(brokenOff, polling, async (jobs) => {
      for (const { data } of jobs) await this.#giveUp(data);
    });
    const options = { ...polling, localConcurrency: concurrency, heartbeatRefreshSeconds: 3 };
    await this.#boss.work<TrainingJob>(training, options, async (jobs) => {
      for (const job of jobs) await this.#train(job, handler);
    });
  }

  async #giveUp({ modelId, reqId }: TrainingJob): Promise<void> {
    if (await this.#store.models.giveUp(modelId))
      this.#log.error({ reqId, modelId }, 'a model is given up: every attempt at its training broke off');
  }

  async #train({ data, signal }: Job<TrainingJob>, handler: TrainingHandler): Promise<void> {
    const { modelId, reqId, traceparent } = data;
    try {
      await handler(modelId, signal, { reqId, traceparent });
    } catch (error) {
      if (!this.#stopping) {
        this.#log.error({ err: error, reqId, modelId }, 'an attempt at training broke off');
        throw error;
      }
      // As a new job: giving this one back would cost it one of its retries.
      await this.#boss.send(training, data);
    }
  }

  isRunning(): boolean {
    return !this.#stopping;
  }

  async stats(): Promise<{ waiting: number; active: number }> {
    const [stats] = await this.#store.prisma.$queryRaw<[{ waiting: number; active: number }]>`
      SELECT (count(*) FILTER (WHERE state <> 'active'))::int AS waiting, (count(*) FILTER (WHERE state = 'active'))::int AS active
      FROM pgboss.job WHERE name = ${training} AND state IN ('created', 'retry', 'active')`;
    return stats;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    // pg-boss's own stop waits for handlers only up to a time limit.
    await Promise.all([this.#boss.offWork(training), this.#boss.offWork(brokenOff)]);
    await this.#boss.stop();
  }
}
