import type { Db, JobInsert, JobWithMetadata, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { eventually } from '../store/eventually.ts';
import type { Store } from '../store/store.ts';
import type { Execute } from '../store/transaction.ts';
import { isUnavailable } from '../store/unavailable.ts';
import type { Origin } from '../telemetry/origin.ts';
import { nextTurn, overtake } from './fair-turns.ts';
import { holdJob } from './held-job.ts';
import { groupBytes, groupsBeyond, memoryGroup } from './memory-classes.ts';
import type { Room, SlotSource, SlotWork } from './training-slots.ts';

/** Trains a model. `signal` aborts when the job was given to another. */
export type TrainingHandler = (modelId: string, signal: AbortSignal, about: AboutTraining) => Promise<void>;

export interface AboutTraining extends Origin {
  /**
   * Says that the attempt has stored something to go on from: whatever breaks it off from now on, the next attempts are
   * counted anew.
   */
  advanced(): Promise<void>;
}

/** The trainings of all processes. */
export interface TrainingStats {
  /** Those that wait to be taken, the first time or again, and those that were taken. */
  readonly waiting: number;
  readonly active: number;
  /** Those that wait, by the memory that they are counted with, in bytes. */
  readonly waitingByMemory: Readonly<Record<number, number>>;
}

interface TrainingJob extends Origin {
  readonly modelId: string;
  readonly owner?: string;
  readonly urgency?: number;
}

export const training = 'training';
export const trainingBrokenOff = 'training-broken-off';

/** How often an attempt may break off in a row, but the last time. */
const retryLimit = 2;
export const trainingOptions = { retryLimit };

/**
 * The trainings that wait, of all owners in turn (see `nextTurn`), and of each owner the most urgent first. The job of one belongs to a
 * group that tells how much memory it needs.
 */
export class Trainings {
  readonly #boss: PgBoss;
  readonly #store: Store;
  readonly #log: Logger;
  #stopping = false;

  constructor(boss: PgBoss, store: Store, log: Logger) {
    this.#boss = boss;
    this.#store = store;
    this.#log = log;
  }

  /** Gives up the models of which every attempt broke off. */
  async takeBrokenOff(): Promise<void> {
    await this.#boss.work<TrainingJob>(trainingBrokenOff, { pollingIntervalSeconds: 0.5 }, async (jobs) => {
      for (const { data } of jobs) await this.#giveUp(data);
    });
  }

  /**
   * The trainings, for a slot: always the one whose turn it is of all that the process has enough memory for. Until that is free it waits,
   * so that small ones never keep a large one waiting for good.
   */
  source(handler: TrainingHandler): SlotSource {
    return {
      name: training,
      next: (room) => this.#next(room, handler),
      isWaiting: async (room) => (await this.#first(this.#never(room))) !== undefined,
    };
  }

  async #next({ total, left }: Room, handler: TrainingHandler): Promise<SlotWork | 'wait' | undefined> {
    // No other process can ever come to an embedded database: what is too large for this one is tried all the same, alone.
    const beyond = this.#store.embedded && left === total ? [] : groupsBeyond(left);
    const first = await this.#first(this.#never({ total }));
    if (!first) return undefined;
    if (beyond.includes(first.group ?? '')) return 'wait';
    const [job] = await this.#boss.fetch<TrainingJob>(training, { ignoreGroups: beyond, includeMetadata: true });
    if (!job) return undefined;
    const work = (signal: AbortSignal) => this.#train(job, signal, handler);
    return {
      memoryBytes: Math.min(groupBytes(job.groupId), left),
      run: () => holdJob(this.#boss, job, { work, log: this.#log }),
    };
  }

  /** The groups of those that the process is too small for. */
  #never({ total }: Pick<Room, 'total'>): string[] {
    return this.#store.embedded ? [] : groupsBeyond(total);
  }

  /** The job whose turn it is, of those in none of these groups. */
  async #first(without: readonly string[]): Promise<{ readonly group: string | null } | undefined> {
    // In the order in which pg-boss fetches them.
    const [first] = await this.#store.prisma.$queryRaw<{ group: string | null }[]>`
      SELECT group_id AS "group" FROM pgboss.job
      WHERE name = ${training} AND state < 'active' AND NOT blocked AND start_after <= now()
        AND (group_id IS NULL OR group_id <> ALL (${without}))
      ORDER BY priority DESC, created_on LIMIT 1`;
    return first;
  }

  async #train(job: JobWithMetadata<TrainingJob>, signal: AbortSignal, handler: TrainingHandler): Promise<void> {
    const { id, data, priority, groupId } = job;
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
      const place = { priority, startAfter: this.#stopping ? 0 : 1, ...(groupId && { group: { id: groupId } }) };
      await eventually(
        () => this.#boss.send(training, data, place),
        () => this.#stopping || signal.aborted,
      );
    }
  }

  async #giveUp({ modelId, reqId }: TrainingJob): Promise<void> {
    if (await this.#store.models.giveUp(modelId))
      this.#log.error({ reqId, modelId }, 'a model is given up: every attempt at its training broke off');
  }

  /** The number of retries itself is by what pg-boss knows one attempt from another. */
  async #countAnew(id: string): Promise<void> {
    await this.#store.prisma.$executeRaw`
      UPDATE pgboss.job SET retry_limit = retry_count + ${retryLimit}
      WHERE name = ${training} AND id = ${id}::uuid AND state = 'active'`;
  }

  async stats(): Promise<TrainingStats> {
    const groups = await this.#store.prisma.$queryRaw<{ group: string | null; waiting: number; active: number }[]>`
      SELECT group_id AS "group", (count(*) FILTER (WHERE state <> 'active'))::int AS waiting,
        (count(*) FILTER (WHERE state = 'active'))::int AS active
      FROM pgboss.job WHERE name = ${training} AND state IN ('created', 'retry', 'active') GROUP BY group_id`;
    return {
      waiting: groups.reduce((sum, { waiting }) => sum + waiting, 0),
      active: groups.reduce((sum, { active }) => sum + active, 0),
      waitingByMemory: Object.fromEntries(groups.map(({ group, waiting }) => [groupBytes(group), waiting])),
    };
  }

  /** Whoever throws from here on was interrupted by the shutdown. */
  async drain(): Promise<void> {
    this.#stopping = true;
    await this.#boss.offWork(trainingBrokenOff);
  }
}

/** Asks for a model to be trained, if the transaction of `db` is committed. */
export async function enqueueTraining(boss: PgBoss, db: Db, modelId: string, origin: Origin = {}): Promise<void> {
  const { rows } = await db.executeSql(
    'SELECT owner, priority, memory_bytes AS "memoryBytes" FROM models WHERE id = $1::uuid',
    [modelId],
  );
  const { owner, priority: urgency, memoryBytes } = rows[0];
  const turns = { queue: training, owner };
  const job: JobInsert<TrainingJob> = {
    data: { ...origin, modelId, owner, urgency },
    priority: -(await nextTurn(db, turns)),
    ...(memoryBytes !== null && { group: { id: memoryGroup(Number(memoryBytes)) } }),
  };
  await boss.insert(training, [job], { db });
  await overtake(db, turns, urgency);
}

/** Forgets a training that waits, if the transaction of `execute` is committed. */
export async function dequeueTraining(execute: Execute, modelId: string): Promise<void> {
  await execute(
    `DELETE FROM pgboss.job WHERE name = $1 AND state IN ('created', 'retry') AND data ->> 'modelId' = $2`,
    [training, modelId],
  );
}
