import type { Pool, PoolClient } from 'pg';
import type { Prisma } from './client/client.ts';

/** Runs a statement through whichever client that is, in its transaction where it has begun one; how many rows it touched. */
export type Execute = (sql: string, values: readonly unknown[]) => Promise<number>;

export const executeOn =
  (client: Pool | PoolClient): Execute =>
  async (sql, values) =>
    (await client.query(sql, [...values])).rowCount ?? 0;

export const executeIn =
  (tx: Prisma.TransactionClient): Execute =>
  (sql, values) =>
    tx.$executeRawUnsafe(sql, ...values);

/** Runs `work` in one transaction on one connection; whatever it throws rolls everything back and is thrown on. */
export async function transaction<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  // Without a listener a connection that drops between two queries would end the process; the next query throws anyway.
  let dropped: Error | undefined;
  const onDrop = (error: Error) => {
    dropped = error;
  };
  client.on('error', onDrop);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(onDrop);
    throw error;
  } finally {
    client.off('error', onDrop);
    client.release(dropped);
  }
}
