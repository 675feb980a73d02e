import type { Pool } from 'pg';
import { ConflictError } from './errors.ts';
import { newId } from './ids.ts';
import type { Execute } from './transaction.ts';

/** What a request was answered, as it was sent. */
export interface KeptAnswer {
  /** Of what was asked. */
  readonly digest: string;
  readonly status: number;
  readonly location: string;
  readonly body: string;
}

/** Writes, in the transaction that creates something, what belongs to it. */
export type Keep<Created> = (execute: Execute, created: Created) => Promise<void>;

/** How long an answer is given again. */
const keptSeconds = 24 * 60 * 60;
/** A claim that is not renewed for so long is a dead process's. */
const claimSeconds = 30;

/** The keys by which clients say that two requests are one, and the answers to these. */
export class IdempotencyKeys {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * Claims a key for the request that is to be done now, or gives the answer that it had; where that is just being written,
   * its commit is waited for.
   * Throws ConflictError while another request with the key is being done.
   */
  async claim(caller: string, key: string): Promise<KeyClaim | KeptAnswer> {
    await this.#removeExpired();
    const claim = newId();
    const { rowCount } = await this.#pool.query(
      `INSERT INTO idempotency_keys (caller, key, claim, expires_at)
       VALUES ($1, $2, $3, now() + make_interval(secs => $4)) ON CONFLICT DO NOTHING`,
      [caller, key, claim, claimSeconds],
    );
    if (rowCount === 1) return new KeyClaim(this.#pool, { caller, key, claim });
    const { rows } = await this.#pool.query<KeptAnswer>(
      `SELECT digest, status, location, body FROM idempotency_keys
       WHERE caller = $1 AND key = $2 AND status IS NOT NULL`,
      [caller, key],
    );
    const [kept] = rows;
    if (kept) return kept;
    throw new ConflictError(
      'idempotency-key-in-use',
      `the first request with the Idempotency-Key ${key} is being done`,
    );
  }

  /** Frees what no process can be at work on any more. */
  async releaseAll(): Promise<void> {
    await this.#pool.query('DELETE FROM idempotency_keys WHERE status IS NULL');
  }

  /** Passes over a claim that is just being answered: it is none of the expired. */
  async #removeExpired(): Promise<void> {
    await this.#pool.query(
      `DELETE FROM idempotency_keys WHERE (caller, key) IN
       (SELECT caller, key FROM idempotency_keys WHERE expires_at < now() FOR UPDATE SKIP LOCKED)`,
    );
  }
}

interface HeldKey {
  readonly caller: string;
  readonly key: string;
  /** Of all claims to the key, this one. */
  readonly claim: string;
}

const held = 'caller = $1 AND key = $2 AND claim = $3::uuid';

/** The right to answer the requests with a key; another may have it once this is disposed of and nothing was kept. */
export class KeyClaim implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #held: readonly string[];
  readonly #renewal: NodeJS.Timeout;

  constructor(pool: Pool, { caller, key, claim }: HeldKey) {
    this.#pool = pool;
    this.#held = [caller, key, claim];
    // Where renewing fails the claim may be lost, and then `keep` says so.
    this.#renewal = setInterval(() => this.#renew().catch(() => {}), (claimSeconds / 3) * 1_000).unref();
  }

  /**
   * Keeps the answer if `execute`'s transaction is committed.
   * Throws ConflictError, which has to roll it back, when the claim was lost: another request may have done the same.
   */
  async keep(execute: Execute, { digest, status, location, body }: KeptAnswer): Promise<void> {
    const touched = await execute(
      `UPDATE idempotency_keys SET digest = $4, status = $5::integer, location = $6, body = $7,
       expires_at = now() + make_interval(secs => $8::integer) WHERE ${held}`,
      [...this.#held, digest, status, location, body, keptSeconds],
    );
    if (touched !== 1)
      throw new ConflictError('idempotency-key-in-use', 'another request with the same Idempotency-Key took over');
  }

  async #renew(): Promise<void> {
    await this.#pool.query(
      `UPDATE idempotency_keys SET expires_at = now() + make_interval(secs => $4) WHERE ${held} AND status IS NULL`,
      [...this.#held, claimSeconds],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#renewal);
    await this.#pool.query(`DELETE FROM idempotency_keys WHERE ${held} AND status IS NULL`, [...this.#held]);
  }
}
