import type { Db } from 'pg-boss';

/** Whose turns, in which queue. */
export interface Turns {
  readonly queue: string;
  readonly owner: string;
}

/** Any number, the same in every process: the first half of the keys of the locks taken here. */
const lockSpace = 1_884_646_767;

/**
 * All owners in turn. The jobs of an owner are numbered as they come, and the lowest number is taken first; an owner who has none begins
 * at the number that is being served, so that nobody waits for what another has put into the queue before, nor gets ahead for having
 * asked for nothing (start-time fair queueing: Goyal, Vin and Cheng 1996). A job's priority is its number with the sign turned; its data
 * say whose it is (`owner`) and how urgent that owner finds it (`urgency`).
 *
 * The number of an owner's next job. Until the transaction of `db` ends nobody else is told one of this owner's.
 */
export async function nextTurn(db: Db, { queue, owner }: Turns): Promise<number> {
  await db.executeSql('SELECT pg_advisory_xact_lock($1::int, hashtext($2))::text', [lockSpace, `${queue} ${owner}`]);
  const { rows } = await db.executeSql(
    `SELECT greatest(0,
       max(-priority) FILTER (WHERE state = 'active'),
       min(-priority) FILTER (WHERE state = 'created'),
       1 + max(-priority) FILTER (WHERE data ->> 'owner' = $2)) AS next
     FROM pgboss.job WHERE name = $1 AND state IN ('created', 'retry', 'active') AND priority <= 0`,
    [queue, owner],
  );
  return Number(rows[0].next);
}

/**
 * Lets jobs of this urgency that an owner has just put into the queue overtake the owner's less urgent ones: of the numbers of the owner's
 * jobs that wait the most urgent get the lowest, and of the equally urgent those that had the lower. The owner's numbers remain the same,
 * and so do all others.
 */
export async function overtake(db: Db, { queue, owner }: Turns, urgent: number): Promise<void> {
  const { rows: lessUrgent } = await db.executeSql(
    `SELECT 1 FROM pgboss.job WHERE ${waitingOfOwner} AND ${urgency} < $3::int LIMIT 1`,
    [queue, owner, urgent],
  );
  if (lessUrgent.length === 0) return;
  await db.executeSql(
    `WITH waiting AS (
       SELECT id, priority,
         row_number() OVER (ORDER BY ${urgency} DESC, priority DESC, created_on, id) AS place,
         row_number() OVER (ORDER BY priority DESC, created_on, id) AS turn
       FROM pgboss.job WHERE ${waitingOfOwner})
     UPDATE pgboss.job SET priority = turns.priority
     FROM waiting JOIN waiting AS turns ON turns.turn = waiting.place
     WHERE job.name = $1 AND job.id = waiting.id AND job.priority <> turns.priority AND job.state IN ('created', 'retry')`,
    [queue, owner],
  );
}

const urgency = `coalesce((data ->> 'urgency')::int, 0)`;
const waitingOfOwner = `name = $1 AND state IN ('created', 'retry') AND priority <= 0 AND data ->> 'owner' = $2`;
