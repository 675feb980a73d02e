import type { Pool } from 'pg';

/** A process of the service, as it says of itself. */
export interface LivingProcess {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly role: string;
  readonly trainingThreads: number;
  readonly inferenceThreads: number;
  /** Bytes that it has for trainings, and what of them is taken. */
  readonly memoryBytes: number;
  readonly memoryTakenBytes: number;
  /** How much it does of each kind of work. */
  readonly doing: Readonly<Record<string, number>>;
  readonly startedAt: Date;
  /** When it was last heard of. */
  readonly heardAt: Date;
}

/** Who has not been heard of for so long is taken for dead. */
const silenceSeconds = 15;
/** Who has been silent for so long is forgotten. */
const forgottenSeconds = 3600;

/** The processes that are at work on the database. The clock is the database's. */
export class Processes {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Says that a process is alive, and what it does. */
  async beat({ id, ...process }: Omit<LivingProcess, 'startedAt' | 'heardAt'>): Promise<void> {
    const { host, pid, role, trainingThreads, inferenceThreads, memoryBytes, memoryTakenBytes, doing } = process;
    await this.#pool.query(
      `WITH forgotten AS (DELETE FROM processes WHERE heard_at < now() - $10 * interval '1 s')
       INSERT INTO processes (id, host, pid, role, training_threads, inference_threads, memory_bytes, memory_taken_bytes, doing)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (id) DO UPDATE SET
         memory_taken_bytes = excluded.memory_taken_bytes, doing = excluded.doing, heard_at = excluded.heard_at`,
      [
        ...[id, host, pid, role, trainingThreads, inferenceThreads, memoryBytes, memoryTakenBytes],
        ...[JSON.stringify(doing), forgottenSeconds],
      ],
    );
  }

  /** Says that a process is about to end. */
  async leave(id: string): Promise<void> {
    await this.#pool.query('DELETE FROM processes WHERE id = $1', [id]);
  }

  /** Those that were heard of a moment ago, the oldest first. */
  async living(): Promise<LivingProcess[]> {
    const { rows } = await this.#pool.query<LivingProcess>(
      `SELECT id, host, pid, role, training_threads AS "trainingThreads", inference_threads AS "inferenceThreads",
         memory_bytes::float8 AS "memoryBytes", memory_taken_bytes::float8 AS "memoryTakenBytes", doing,
         started_at AS "startedAt", heard_at AS "heardAt"
       FROM processes WHERE heard_at > now() - $1 * interval '1 s' ORDER BY started_at, id`,
      [silenceSeconds],
    );
    return rows;
  }
}
