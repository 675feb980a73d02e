import type { ClientBase } from 'pg';

/** A table of a backup, with its columns in the order in which their values stand there. */
export interface KeptTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What of the database's tables a backup leaves out, and why. */
export const leftOut: Readonly<Record<string, string>> = {
  _prisma_migrations: 'it is written by the migrations, which a restore applies',
  race_legs: 'they belong to trainings that run, and go on from a checkpoint after a restore',
  rate_counts: 'what it counts is over within a minute',
  processes: 'they are those of the service that is backed up, not of the one that is restored',
};

/** Schemas beside the service's own that a backup leaves out, and why. */
export const leftOutSchemas: Readonly<Record<string, string>> = {
  pgboss: 'its jobs follow from the models: a restore queues those that are not done',
};

/**
 * The tables that a backup keeps, each after those that it refers to. They are all that the database's own catalogue
 * has, less what is left out: no list has to be kept up with the schema.
 */
export async function keptTables(client: ClientBase): Promise<KeptTable[]> {
  const { rows } = await client.query<KeptTable & { parents: string[] }>(
    `SELECT relname AS name,
       ARRAY(SELECT attname::text FROM pg_attribute
             WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
       ARRAY(SELECT DISTINCT parent.relname::text FROM pg_constraint JOIN pg_class parent ON parent.oid = confrelid
             WHERE conrelid = c.oid AND contype = 'f' AND confrelid <> c.oid) AS parents
     FROM pg_class c
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
     ORDER BY relname`,
  );
  let waiting = rows.filter(({ name }) => !(name in leftOut));
  const ordered: KeptTable[] = [];
  while (waiting.length > 0) {
    const names = waiting.map(({ name }) => name);
    const next = waiting.filter(({ parents }) => !parents.some((parent) => names.includes(parent)));
    if (next.length === 0) throw new Error(`the tables ${names.join(', ')} refer to each other in a circle`);
    ordered.push(...next.map(({ name, columns }) => ({ name, columns })));
    waiting = waiting.filter((table) => !next.includes(table));
  }
  return ordered;
}
