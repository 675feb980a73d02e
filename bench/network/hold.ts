/** Begins a transaction that holds the row of a bulk job, as a worker does who stores a part, says so, and does no more. */
import type pg from 'pg';
import { pino } from 'pino';
import { openPool } from '../../src/store/pool.ts';
import { transaction } from '../../src/store/transaction.ts';

const [databaseUrl, jobId] = process.argv.slice(2);
const pool: pg.Pool = await openPool(databaseUrl, pino({ level: 'silent' }));
await transaction(pool, async (client) => {
  await client.query('SELECT 1 FROM bulk_jobs WHERE id = $1 FOR NO KEY UPDATE', [jobId]);
  console.log('holding');
  await new Promise(() => setInterval(() => {}, 60_000));
});
