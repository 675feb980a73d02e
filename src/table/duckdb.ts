import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** A DuckDB in memory that may touch the files of one directory and nothing else. */
export interface Database extends Disposable {
  readonly connection: DuckDBConnection;
  /** The rows of a query, as JavaScript values. */
  query(sql: string): Promise<Record<string, unknown>[]>;
}

/** Opens a database locked to `directory`; `signal` interrupts what it is doing. */
export async function openDatabase(directory: string, signal?: AbortSignal): Promise<Database> {
  const instance = await DuckDBInstance.create(':memory:', {
    // One thread keeps rows in order, memory small, and a core free for the event loop.
    threads: '1',
    memory_limit: '256MB',
    temp_directory: directory,
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run(`SET allowed_directories = [${literal(directory)}]`);
  // Times with a zone are shown in this one.
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  const interrupt = () => connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  return {
    connection,
    query: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS(),
    [Symbol.dispose]: () => {
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Any text as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Any text as an SQL string. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
