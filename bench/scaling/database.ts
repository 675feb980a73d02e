import { setTimeout as sleep } from 'node:timers/promises';
import { query } from '../query.ts';

/** What a database says of its work and its size. */
export class Observed {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Connections by what they are for. */
  async connections(): Promise<Record<string, number>> {
    const rows = await query<{ name: string; count: number }>(
      this.#url,
      `SELECT application_name AS name, count(*)::int FROM pg_stat_activity
       WHERE application_name LIKE 'pushforward%' GROUP BY 1 ORDER BY 1`,
    );
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  }

  /** Transactions a second while nothing else is done; a statement by itself is one. */
  async transactionsPerSecond(seconds: number): Promise<number> {
    const before = await this.#transactions();
    await sleep(1000 * seconds);
    return ((await this.#transactions()) - before) / seconds;
  }

  async #transactions(): Promise<number> {
    const sql = 'SELECT xact_commit::float8 AS count FROM pg_stat_database WHERE datname = current_database()';
    return (await query<{ count: number }>(this.#url, sql))[0].count;
  }

  /** Bytes of the write-ahead log that `work` adds, and of the tables with all that belongs to them. */
  async grown<Result>(tables: readonly string[], work: () => Promise<Result>) {
    const before = await this.#bytes(tables);
    const result = await work();
    const after = await this.#bytes(tables);
    return { result, wal: after.wal - before.wal, tables: after.tables - before.tables };
  }

  async #bytes(tables: readonly string[]): Promise<{ wal: number; tables: number }> {
    const sizes = tables.map((table) => `pg_total_relation_size('${table}')`).join(' + ');
    const sql = `SELECT (pg_current_wal_lsn() - '0/0')::float8 AS wal, (${sizes})::float8 AS tables`;
    return (await query<{ wal: number; tables: number }>(this.#url, sql))[0];
  }

  async setting(name: string): Promise<string> {
    return (await query<{ setting: string }>(this.#url, `SELECT setting FROM pg_settings WHERE name = '${name}'`))[0]
      .setting;
  }
}
