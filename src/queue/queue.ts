import type { ClientBase } from 'pg';
import { fromPrisma, type Job, PgBoss, type QueueOptions } from 'pg-boss';
import type { Logger } from 'pino';
import type { Prisma } from '../store/client/client.ts';
import { eventually } from '../store/eventually.ts';
import type { Store } from '../store/store.ts';
import { isUnavailable } from '../store/unavailable.ts';
import type { Origin } from '../telemetry/origin.ts';
import { BulkQueue, bulk, bulkBrokenOff, bulkOptions, enqueueUnendedJobs } from './bulk-queue.ts';
import { Supervision, supervisionSeconds } from './supervision.ts';

/** Work that outlives the request that asked for it, shared by every process on the same database. */
export interface Queue {
  /** Asks for a model to be trained, if `transaction` is committed. */
  enqueueTraining(transaction: Prisma.TransactionClient, modelId: string, origin?: Origin): Promise<void>;
  /**
   * Takes up to `concurrency` jobs at a time until `drain` or `stop`. A job whose handler throws, or whose process dies, is given
   * out again until three attempts in a row have brought nothing (see `TrainingHandler`); then its model is given up. A database
   * that cannot be reached is no attempt's fault, and does not count.
   */
  takeTraining(concurrency: number, handler: TrainingHandler): Promise<void>;
  readonly bulk: BulkQueue;
  isRunning(): boolean;
  /** The training jobs of all processes: those that wait to be taken, the first time or again, and those that were taken. */
  stats(): Promise<{ readonly waiting: number; readonly active: number }>;
  /**
   * Takes no more jobs and waits for the running handlers. A handler that throws from here on was interrupted by the shutdown:
   * its job is kept for the next process and does not count as an attempt.
   */
  drain(): Promise<void>;
  /** Drains, and lets go of the database. */
  stop(): Promise<void>;
}

/** Trains a model. `signal` aborts when the job was given to another. */
export type TrainingHandler = (modelId: string, signal: AbortSignal, about: AboutTraining) => Promise<void>;

export interface AboutTraining extends Origin {
  /**
   * Says that the attempt has stored something to go on from: whatever breaks it off from now on, the next attempts are
   * counted anew.
   */
  advanced(): Promise<void>;
}

interface TrainingJob extends Origin {
  readonly modelId: string;
}

const training = 'training';
const brokenOff = 'training-broken-off';

/** A process that has not been heard of for so long is taken for dead; pg-boss allows no less. */
const heartbeatSeconds = 10;
/** How often an attempt may break off in a row, but the last time. */
const retryLimit = 2;
const day = 24 * 60 * 60;

const commonOptions: QueueOptions = {
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 5,
  heartbeatSeconds,
  // The longest that pg-boss allows: the heartbeat, not a time limit, tells a dead process from a long training.
  expireInSeconds: day,
  retentionSeconds: 365 * day,
};
/** What is given out, and where what breaks off each time goes. */
const queues: Readonly<Record<string, QueueOptions & { deadLetter: string }>> = {
  [training]: { ...commonOptions, retryLimit, deadLetter: brokenOff },
  [bulk]: { ...commonOptions, ...bulkOptions, deadLetter: bulkBrokenOff },
};

/** Connects the queue to the store's database. */
export async function startQueue(store: Store, log: Logger): Promise<Queue> {
  const boss = await connect(store.databaseUrl, log);
  if (store.embedded) await failOrphans(boss, store, log);
  return new TrainingQueue(boss, store, log);
}

/**
 * Asks, if the transaction of `client` is committed, for every model to be trained, and every bulk job to be done, that is
 * neither done nor given up. For a database that was restored, in whose queue there is nothing. How many models these are.
 */
export async function enqueueUnended(client: ClientBase, databaseUrl: string, log: Logger): Promise<number> {
  const boss = await connect(databaseUrl, log);
  try {
    const db = { executeSql: (text: string, values: unknown[] = []) => client.query(text, values) };
    const { rows } = await client.query<{ id: string }>(
      "SELECT id FROM models WHERE status IN ('queued', 'training') ORDER BY id",
    );
    for (const { id } of rows) await boss.send(training, { modelId: id } satisfies TrainingJob, { db });
    await enqueueUnendedJobs(boss, client);
    return rows.length;
  } finally {
    await boss.stop();
  }
}

async function connect(databaseUrl: string, log: Logger): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    application_name: 'pushforward-queue',
    max: 4,
    connectionTimeoutMillis: 10_000,
    schedule: false,
    supervise: false,
    monitorIntervalSeconds: supervisionSeconds,
  });
  boss.on('error', (error) => log.error({ err: error }, 'queue error'));
  boss.on('warning', (warning) => log.warn(warning, 'queue warning'));
  await boss.start();
  for (const [name, options] of Object.entries(queues)) {
    await boss.createQueue(options.deadLetter, { expireInSeconds: 60, retentionSeconds: 365 * day });
    await boss.createQueue(name, options);
    // It may be there from an earlier version.
    await boss.updateQueue(name, options);
  }
  return boss;
}

/** No other process can be at work on an embedded database: whatever its jobs say, they are not being done. */
async function failOrphans(boss: PgBoss, store: Store, log: Logger): Promise<void> {
  for (const name of Object.keys(queues)) {
    const orphans = await store.prisma.$queryRaw<{ id: string }[]>`
      SELECT id FROM pgboss.job WHERE name = ${name} AND state = 'active'`;
    if (orphans.length === 0) continue;
    log.warn({ queue: name, jobs: orphans.length }, 'taking up the work that a killed process left');
    const ids = orphans.map(({ id }) => id);
    await boss.fail(name, ids, { message: 'the process that had the job was killed' });
  }
}

class TrainingQueue implements Queue {
  readonly bulk: BulkQueue;
  readonly #boss: PgBoss;
  readonly #store: Store;
  readonly #log: Logger;
  readonly #supervision: Supervision;
  #stopping = false;

  constructor(boss: PgBoss, store: Store, log: Logger) {
    this.#boss = boss;
    this.#store = store;
    this.#log = log;
    this.bulk = new BulkQueue(boss, store, log);
    this.#supervision = new Supervision(boss, { log, heartbeatSeconds });
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

  async #train({ id, data, signal }: Job<TrainingJob>, handler: TrainingHandler): Promise<void> {
    const { modelId, reqId, traceparent } = data;
    try {
      await handler(modelId, signal, { reqId, traceparent, advanced: () => this.#countAnew(id) });
    } catch (error) {
      if (!this.#stopping && !isUnavailable(error)) {
        this.#log.error({ err: error, reqId, modelId }, 'an attempt at training broke off');
        throw error;
      }
      if (!this.#stopping) this.#log.warn({ err: error, reqId, modelId }, 'a training waits for the database');
      // As a new job: giving this one back would cost it one of its retries.
      await eventually(
        () => this.#boss.send(training, data),
        () => this.#stopping || signal.aborted,
      );
    }
  }

  /** The number of retries itself is by what pg-boss knows one attempt from another. */
  async #countAnew(id: string): Promise<void> {
    await this.#store.prisma.$executeRaw`
      UPDATE pgboss.job SET retry_limit = retry_count + ${retryLimit}
      WHERE name = ${training} AND id = ${id}::uuid AND state = 'active'`;
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

  async drain(): Promise<void> {
    this.#stopping = true;
    // pg-boss's own stop waits for handlers only up to a time limit.
    await Promise.all([this.#boss.offWork(training), this.#boss.offWork(brokenOff), this.bulk.drain()]);
  }

  async stop(): Promise<void> {
    await this.drain();
    this.#supervision.stop();
    await this.#boss.stop();
  }
}
