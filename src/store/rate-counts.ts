import type { Pool } from 'pg';

/** How much of something was used, by all processes, and for how much longer that counts. */
export interface Usage {
  readonly used: number;
  /** Milliseconds. */
  readonly resetsIn: number;
}

/** Counts for limits on how often something may be done, shared by all processes. The clock is the database's. */
export class RateCounts {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Adds to a count, which begins anew when its time is over: so long after its first. What it comes to. */
  async add(counted: string, count: number, milliseconds: number): Promise<Usage> {
    const { rows } = await this.#pool.query<Usage>(
      `INSERT INTO rate_counts AS c (counted, used, resets_at) VALUES ($1, $2, now() + $3 * interval '1 ms')
       ON CONFLICT (counted) DO UPDATE SET
         used = CASE WHEN c.resets_at > now() THEN c.used ELSE 0 END + excluded.used,
         resets_at = CASE WHEN c.resets_at > now() THEN c.resets_at ELSE excluded.resets_at END
       RETURNING used, ${resetsIn}`,
      [counted, count, milliseconds],
    );
    return rows[0];
  }

  async read(counted: string): Promise<Usage> {
    const { rows } = await this.#pool.query<Usage>(
      `SELECT used, ${resetsIn} FROM rate_counts WHERE counted = $1 AND resets_at > now()`,
      [counted],
    );
    return rows[0] ?? { used: 0, resetsIn: 0 };
  }

  /** Removes counts whose time is over; those that another process is at are left to it. */
  async removeExpired(): Promise<void> {
    await this.#pool.query(
      `DELETE FROM rate_counts WHERE counted IN
       (SELECT counted FROM rate_counts WHERE resets_at < now() FOR UPDATE SKIP LOCKED)`,
    );
  }
}

const resetsIn = `(1000 * extract(epoch FROM resets_at - now()))::float8 AS "resetsIn"`;
