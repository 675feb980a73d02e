import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** The rows of a query, on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(databaseUrl: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // The server may be killed meanwhile: the query says so.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Where the embedded PostgreSQL of a running service is. */
export async function embeddedUrl(dataDirectory: string): Promise<string> {
  const [password, pidFile] = await Promise.all([
    readFile(join(dataDirectory, 'postgres-password'), 'utf8'),
    readFile(join(dataDirectory, 'postgres', 'postmaster.pid'), 'utf8'),
  ]);
  return `postgresql://pushforward:${password}@127.0.0.1:${pidFile.split('\n')[3]}/postgres`;
}
