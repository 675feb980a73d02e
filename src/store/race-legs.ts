import type { Pool } from 'pg';
import { announce } from './news.ts';
import { type Execute, executeOn } from './transaction.ts';

/** A stretch of one flow's training, as the attempt that needs it offers it. Task and state are opaque to the store. */
export interface NewLeg {
  readonly id: string;
  readonly modelId: string;
  readonly attempt: number;
  /** What a worker must be for its result to be the same to the last bit. */
  readonly kin: string;
  readonly task: object;
  /** From where to train; from the start without it. */
  readonly state: Uint8Array | undefined;
  /** How long it may take from now on. */
  readonly seconds: number;
}

/** A leg that a worker has: for what it writes to be kept its `taking` must be the latest. */
export interface TakenLeg {
  readonly id: string;
  readonly modelId: string;
  readonly taking: number;
  readonly task: unknown;
  readonly state: Uint8Array | null;
  readonly seconds: number;
  /** About how much memory the training of its model needs; null where that is not known. */
  readonly memoryBytes: number | null;
}

/** What decides which legs a worker may have. */
export interface LegTaker {
  readonly kin: string;
  /** Models whose legs it had rather have than others. */
  readonly preferred: readonly string[];
  /** The memory that it has left, in bytes. */
  readonly left: number;
}

type Taking = Pick<TakenLeg, 'id' | 'taking'>;

/** How a leg stands. */
export interface LegStanding {
  readonly id: string;
  readonly status: 'waiting' | 'taken' | 'ended';
  readonly taking: number;
  /** Rises while its worker is alive. */
  readonly beats: number;
  readonly progress: unknown;
  /** How often a state was written. */
  readonly states: number;
}

/** What a leg has brought that is no longer offered. */
export interface WithdrawnLeg {
  readonly status: 'waiting' | 'ended';
  /** Where the flow has come to; null at its start. */
  readonly state: Uint8Array | null;
  readonly error: LegError | null;
}

/** Why the training of a flow failed. */
export interface LegError {
  readonly code: string;
  readonly message: string;
}

/** One that was taken so often, and brought to no end, is left to the attempt that offers it. */
const mostTakings = 3;

/**
 * The legs of races that are offered to other workers. One statement decides who has a leg: the attempt that offers it, which may
 * withdraw it while it waits, or the worker that took it last.
 */
export class RaceLegs {
  readonly #pool: Pool;
  readonly #execute: Execute;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#execute = executeOn(pool);
  }

  /** False, and nothing is offered, where the attempt is not the model's latest or does not train. */
  async offer({ id, modelId, attempt, kin, task, state, seconds }: NewLeg): Promise<boolean> {
    const offered = await this.#execute(
      `INSERT INTO race_legs (id, model_id, attempt, kin, task, state, deadline)
       SELECT $1, id, attempt, $4, $5, $6, now() + $7 * interval '1 s' FROM models
       WHERE id = $2 AND attempt = $3 AND status = 'training' FOR SHARE`,
      [id, modelId, attempt, kin, JSON.stringify(task), state ?? null, seconds],
    );
    return offered === 1;
  }

  /** Takes the oldest leg that waits for a worker like this one. */
  async take({ kin, preferred, left }: LegTaker): Promise<TakenLeg | undefined> {
    const { rows } = await this.#pool.query<TakenLeg>(
      `UPDATE race_legs SET status = 'taken', taking = taking + 1, beats = beats + 1 FROM models
       WHERE models.id = model_id AND race_legs.id = (
         SELECT leg.id FROM race_legs leg JOIN models ON models.id = model_id AND models.attempt = leg.attempt
         WHERE leg.status = 'waiting' AND kin = $1 AND taking < ${mostTakings}
           AND models.status = 'training' AND NOT cancel_requested
           AND (memory_bytes IS NULL OR memory_bytes <= $3::float8)
         ORDER BY model_id = ANY($2::uuid[]) DESC, leg.id LIMIT 1 FOR UPDATE OF leg SKIP LOCKED)
       RETURNING race_legs.id, model_id AS "modelId", taking, task, state,
         extract(epoch FROM deadline - now())::float8 AS seconds, memory_bytes::float8 AS "memoryBytes"`,
      [kin, preferred, left],
    );
    return rows[0];
  }

  /** Says that the worker is alive and how far it is. False where the leg is no longer its own. */
  async beat({ id, taking }: Taking, progress: object | undefined, state: Uint8Array | undefined): Promise<boolean> {
    const kept = await this.#execute(
      `UPDATE race_legs SET beats = beats + 1, ${keepNewer}, progress = coalesce($4, progress) WHERE ${own}`,
      [id, taking, state ?? null, progress ? JSON.stringify(progress) : null],
    );
    return kept === 1;
  }

  /** Leaves the leg to whoever comes next, with the state to go on from where there is a newer one. */
  async giveBack({ id, modelId, taking }: TakenLeg, state: Uint8Array | undefined): Promise<void> {
    await this.#execute(`UPDATE race_legs SET status = 'waiting', ${keepNewer} WHERE ${own}`, [
      id,
      taking,
      state ?? null,
    ]);
    await this.#changed(modelId);
  }

  async end({ id, modelId, taking }: TakenLeg, result: { state: Uint8Array } | { error: LegError }): Promise<void> {
    const state = 'state' in result ? result.state : null;
    const error = 'error' in result ? JSON.stringify(result.error) : null;
    await this.#execute(`UPDATE race_legs SET status = 'ended', state = coalesce($3, state), error = $4 WHERE ${own}`, [
      id,
      taking,
      state,
      error,
    ]);
    await this.#changed(modelId);
  }

  /** How the legs of an attempt stand. */
  async of(modelId: string, attempt: number): Promise<LegStanding[]> {
    const { rows } = await this.#pool.query<LegStanding>(
      'SELECT id, status, taking, beats, progress, states FROM race_legs WHERE model_id = $1 AND attempt = $2',
      [modelId, attempt],
    );
    return rows;
  }

  /** Where the flow has come to. */
  async state(id: string): Promise<Uint8Array | undefined> {
    const { rows } = await this.#pool.query<{ state: Buffer | null }>('SELECT state FROM race_legs WHERE id = $1', [
      id,
    ]);
    return rows[0]?.state ?? undefined;
  }

  /** Takes the leg from a worker that is thought dead. */
  async takeBack({ id, taking }: Taking): Promise<void> {
    await this.#execute(`UPDATE race_legs SET status = 'waiting' WHERE ${own}`, [id, taking]);
  }

  /** Removes a leg that waits or has ended, and says what it has brought. Undefined where a worker has it, or it is gone. */
  async withdraw(id: string): Promise<WithdrawnLeg | undefined> {
    const { rows } = await this.#pool.query<WithdrawnLeg>(
      `DELETE FROM race_legs WHERE id = $1 AND status <> 'taken' RETURNING status, state, error`,
      [id],
    );
    return rows[0];
  }

  /** Removes what is left of an attempt's legs. */
  async remove(modelId: string, attempt: number): Promise<void> {
    await this.#execute('DELETE FROM race_legs WHERE model_id = $1 AND attempt = $2', [modelId, attempt]);
  }

  async #changed(modelId: string): Promise<void> {
    await announce(this.#execute, { what: 'leg.changed', id: modelId });
  }
}

const own = `id = $1 AND taking = $2 AND status = 'taken'`;
/** The state, and that it is another, where there is one. */
const keepNewer = 'state = coalesce($3, state), states = states + CASE WHEN $3::bytea IS NULL THEN 0 ELSE 1 END';

/** In a transaction that ends a model's attempt: nobody needs its legs any more. */
export async function removeLegs(execute: Execute, modelId: string): Promise<void> {
  await execute('DELETE FROM race_legs WHERE model_id = $1::uuid', [modelId]);
}
