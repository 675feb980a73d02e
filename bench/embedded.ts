import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the embedded PostgreSQL of a running service is. */
export async function embeddedUrl(dataDirectory: string): Promise<string> {
  const [password, pidFile] = await Promise.all([
    readFile(join(dataDirectory, 'postgres-password'), 'utf8'),
    readFile(join(dataDirectory, 'postgres', 'postmaster.pid'), 'utf8'),
  ]);
  return `postgresql://pushforward:${password}@127.0.0.1:${pidFile.split('\n')[3]}/postgres`;
}
