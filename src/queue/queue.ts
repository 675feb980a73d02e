import type { ClientBase } from 'pg';
import { fromPrisma, PgBoss, type QueueOptions } from 'pg-boss';
import type { Logger } from 'pino';
import type { Prisma } from '../store/client/client.ts';
import type { Store } from '../store/store.ts';
import type { Origin } from '../telemetry/origin.ts';
import { BulkQueue, bulk, bulkBrokenOff, bulkOptions, enqueueUnendedJobs, through } from './bulk-queue.ts';
import { Presence, type ProcessKind } from './presence.ts';
import { Supervision, supervisionSeconds } from './supervision.ts';
import { type SlotLimits, type SlotSource, TrainingSlots } from './training-slots.ts';
import {
  dequeueTraining,
  enqueueTraining,
  type TrainingHandler,
  type TrainingStats,
  Trainings,
  training,
  trainingBrokenOff,
  trainingOptions,
} from './trainings.ts';

/** Work that outlives the request that asked for it, shared by every process on the same database. */
export interface Queue {
  /** Asks for a model to be trained, if `transaction` is committed: it may be the one that creates the model. */
  enqueueTraining(transaction: Prisma.TransactionClient, modelId: string, origin?: Origin): Promise<void>;
  /**
   * Takes trainings until `drain` or `stop`, as many at a time as there are slots (see `TrainingSlots`). A job whose handler throws, or
   * whose process dies, is given out again until three attempts in a row have brought nothing (see `TrainingHandler`); then its model is
   * given up. A database that cannot be reached is no attempt's fault, and does not count.
   */
  takeTraining(slots: number | TrainingPlaces, handler: TrainingHandler): Promise<void>;
  readonly bulk: BulkQueue;
  /** Forgets a training that waits, if the transaction of `execute` is committed. */
  readonly dequeueTraining: typeof dequeueTraining;
  /** Has all processes know this one, until `stop`. */
  announce(kind: ProcessKind): Promise<void>;
  /** The slots of other processes in which nothing is trained but what they do for others. */
  slotsElsewhere(): Promise<number>;
  isRunning(): boolean;
  stats(): Promise<TrainingStats>;
  /**
   * Takes no more jobs and waits for the running handlers. A handler that throws from here on was interrupted by the shutdown:
   * its job is kept for the next process and does not count as an attempt.
   */
  drain(): Promise<void>;
  /** Drains, and lets go of the database. */
  stop(): Promise<void>;
}

/** The slots of a process, and what else than trainings they take, where none of these waits. */
export interface TrainingPlaces extends SlotLimits {
  readonly otherSources?: readonly SlotSource[];
}

/** A process that has not been heard of for so long is taken for dead; pg-boss allows no less. */
const heartbeatSeconds = 10;
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
  [training]: { ...commonOptions, ...trainingOptions, deadLetter: trainingBrokenOff },
  [bulk]: { ...commonOptions, ...bulkOptions, deadLetter: bulkBrokenOff },
};

/** Connects the queue to the store's database. */
export async function startQueue(store: Store, log: Logger): Promise<Queue> {
  const boss = await connect(store.databaseUrl, log);
  if (store.embedded) await failOrphans(boss, store, log);
  return new SharedQueue(boss, store, log);
}

/**
 * Asks, if the transaction of `client` is committed, for every model to be trained, and every bulk job to be done, that is
 * neither done nor given up. For a database that was restored, in whose queue there is nothing. How many models these are.
 */
export async function enqueueUnended(client: ClientBase, databaseUrl: string, log: Logger): Promise<number> {
  const boss = await connect(databaseUrl, log);
  try {
    const { rows } = await client.query<{ id: string }>(
      "SELECT id FROM models WHERE status IN ('queued', 'training') ORDER BY id",
    );
    for (const { id } of rows) await enqueueTraining(boss, through(client), id);
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

class SharedQueue implements Queue {
  readonly bulk: BulkQueue;
  readonly #boss: PgBoss;
  readonly #store: Store;
  readonly #trainings: Trainings;
  readonly #log: Logger;
  readonly #supervision: Supervision;
  #slots: TrainingSlots | undefined;
  #presence: Presence | undefined;
  #stopping = false;

  constructor(boss: PgBoss, store: Store, log: Logger) {
    this.#boss = boss;
    this.#store = store;
    this.#log = log;
    this.#trainings = new Trainings(boss, store, log);
    this.bulk = new BulkQueue(boss, store, log);
    this.#supervision = new Supervision(boss, { log, heartbeatSeconds });
  }

  async enqueueTraining(transaction: Prisma.TransactionClient, modelId: string, origin?: Origin): Promise<void> {
    await enqueueTraining(this.#boss, fromPrisma(transaction), modelId, origin);
  }

  async takeTraining(slots: number | TrainingPlaces, handler: TrainingHandler): Promise<void> {
    const { otherSources = [], ...limits }: TrainingPlaces =
      typeof slots === 'number' ? { threads: slots, memoryBytes: Number.POSITIVE_INFINITY } : slots;
    await this.#trainings.takeBrokenOff();
    this.#slots = new TrainingSlots(limits, [this.#trainings.source(handler), ...otherSources], this.#log);
  }

  readonly dequeueTraining = dequeueTraining;

  async announce(kind: ProcessKind): Promise<void> {
    const activity = () => {
      const { doing = {}, memoryBytes = 0 } = this.#slots?.stats() ?? {};
      return { doing: { ...doing, [bulk]: this.bulk.running }, memoryTakenBytes: memoryBytes };
    };
    this.#presence = new Presence(this.#store, { kind, activity, log: this.#log });
    await this.#presence.known();
  }

  async slotsElsewhere(): Promise<number> {
    if (this.#store.embedded) return 0;
    return (await this.#presence?.slotsElsewhere(training)) ?? 0;
  }

  isRunning(): boolean {
    return !this.#stopping;
  }

  stats(): Promise<TrainingStats> {
    return this.#trainings.stats();
  }

  async drain(): Promise<void> {
    this.#stopping = true;
    // pg-boss's own stop waits for handlers only up to a time limit.
    await Promise.all([this.#trainings.drain(), this.#slots?.drain(), this.bulk.drain()]);
  }

  async stop(): Promise<void> {
    await this.drain();
    this.#supervision.stop();
    await this.#presence?.leave();
    await this.#boss.stop();
  }
}
