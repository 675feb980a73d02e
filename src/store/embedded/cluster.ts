import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { StoreStartError } from '../errors.ts';
import { freePort } from './free-port.ts';
import type { PostgresPrograms } from './postgres-programs.ts';

export interface ClusterFiles {
  readonly dataDirectory: string;
  /** PostgreSQL's own data directory. */
  readonly directory: string;
  readonly passwordFile: string;
}

export interface Cluster extends ClusterFiles {
  readonly programs: PostgresPrograms;
}

export const filesOf = (dataDirectory: string): ClusterFiles => ({
  dataDirectory,
  directory: join(dataDirectory, 'postgres'),
  passwordFile: join(dataDirectory, 'postgres-password'),
});

const user = 'pushforward';

/** Loopback only; no socket or shared memory file outside the data directory. */
const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'dynamic_shared_memory_type=mmap',
  'log_checkpoints=off',
];

/** Makes the database beside its place and moves it there once complete, so that a killed first start leaves no half. */
export async function initialise({ dataDirectory, directory, passwordFile, programs }: Cluster): Promise<void> {
  for (const name of await readdir(dataDirectory))
    if (name.startsWith('postgres-new-')) await rm(join(dataDirectory, name), { recursive: true, maxRetries: 5 });
  const newDirectory = await mkdtemp(join(dataDirectory, 'postgres-new-'));
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (programs.account) {
    const { uid, gid } = programs.account;
    await Promise.all([newDirectory, passwordFile].map((path) => chown(path, uid, gid)));
  }
  await programs.initdb(
    ...['--pgdata', newDirectory, '--username', user, '--auth', 'scram-sha-256', '--pwfile', passwordFile],
    ...['--encoding', 'UTF8', '--no-locale', '--no-instructions'],
  );
  await rename(newDirectory, directory);
}

/**
 * Stops the server that the last owner left running, or removes the file in which it claims to run. The process number
 * in that file proves nothing (after a restart of a container it may be anyone's): that the port answers to our
 * password and serves this directory does.
 */
export async function stopLeftover(cluster: Cluster, log: Logger): Promise<void> {
  const port = await claimedPort(cluster);
  if (port === undefined) return;
  if (await serves(cluster, port)) {
    log.warn({ port }, 'stopping the embedded PostgreSQL of a process that was killed');
    await stop(cluster);
  } else await disown(cluster);
}

/** Where a server claims to listen; undefined where none was left or is running. */
export async function claimedPort(files: ClusterFiles): Promise<number | undefined> {
  const text = await readFile(pidFileOf(files), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text.split('\n')[3]);
}

const pidFileOf = ({ directory }: ClusterFiles) => join(directory, 'postmaster.pid');

/** More than any system numbers its processes. */
const nobody = 2 ** 31 - 1;

/**
 * Takes the number of the process out of the file in which a server claims to run, and leaves the rest, by which PostgreSQL
 * sees whether processes of that server are still at work on the files: then it does not start.
 */
export async function disown(files: ClusterFiles): Promise<void> {
  const pidFile = pidFileOf(files);
  if (!existsSync(pidFile)) return;
  await writeFile(pidFile, (await readFile(pidFile, 'utf8')).replace(/^-?\d+/, String(nobody)));
}

/** Whether the server on this port is the cluster's; waits while a server there is starting up, shutting down or recovering. */
export async function serves(cluster: ClusterFiles, port: number): Promise<boolean> {
  const connectionString = await databaseUrl(cluster, port);
  for (let broken = 0; ; ) {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
    // A server that goes down while it is asked is asked again, or found gone, by the next turn.
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
      const served = rows[0] && (await realpath(rows[0].data_directory));
      return served === (await realpath(cluster.directory));
    } catch (error) {
      const waits = error instanceof pg.DatabaseError && error.code === cannotConnectNow;
      if (!waits && !(isBroken(error) && ++broken < mostBroken)) return false;
    } finally {
      await client.end().catch(() => {});
    }
    await sleep(100);
  }
}

const cannotConnectNow = '57P03';
/** A server that recovers from a crash may end a connection that it had just taken; what does so for long is another program. */
const mostBroken = 20;
const isBroken = (error: unknown) =>
  error instanceof Error &&
  (('code' in error && ['57P01', '57P02', 'ECONNRESET'].includes(String(error.code))) ||
    error.message.startsWith('Connection terminated'));

export interface Server {
  readonly port: number;
  readonly pid: number;
}

/** How often, and after which pause, a start is tried again that what is left of an earlier server may have kept from it. */
const mostStarts = 20;
const pauseMilliseconds = 500;

/** Starts the server, at a free port where none is given. Throws StoreStartError. */
export async function start(
  cluster: Cluster,
  { port: given, signal }: { port?: number; signal?: AbortSignal } = {},
): Promise<Server> {
  const logFile = join(cluster.directory, 'server.log');
  for (let attempt = 1; ; attempt++) {
    if (existsSync(logFile)) await rename(logFile, `${logFile}.old`);
    const port = given ?? (await freePort());
    const options = [`port=${port}`, ...settings].map((setting) => `-c ${setting}`).join(' ');
    try {
      await cluster.programs.control(
        ...['start', '--pgdata', cluster.directory, '--log', logFile, '--options', options],
        ...['--wait', '--timeout', '300'],
      );
    } catch (cause) {
      const lines = (await readFile(logFile, 'utf8').catch(() => String(cause))).trim();
      // Another program took the port between our asking for a free one and the server's binding it, or has it still.
      const passes = lines.includes('could not bind') || lines.includes('still in use');
      if (passes && attempt < mostStarts) {
        await sleep(pauseMilliseconds, undefined, { ...(signal && { signal }) });
        continue;
      }
      throw new StoreStartError(`embedded PostgreSQL did not start: ${lines.split('\n').slice(-5).join('\n')}`, {
        cause,
      });
    }
    const pid = Number.parseInt(await readFile(pidFileOf(cluster), 'utf8'), 10);
    return { port, pid };
  }
}

export async function stop({ programs, directory }: Cluster): Promise<void> {
  await programs.control('stop', '--pgdata', directory, '--mode', 'fast', '--timeout', '300');
}

/** Asks the server to stop when this process exits without having closed it, until the returned function is called. */
export function stopOnExit(pid: number): () => void {
  const onExit = () => {
    try {
      process.kill(pid, 'SIGINT');
    } catch {
      // It has gone already.
    }
  };
  process.on('exit', onExit);
  return () => process.off('exit', onExit);
}

export async function databaseUrl({ passwordFile }: ClusterFiles, port: number): Promise<string> {
  return `postgresql://${user}:${await readFile(passwordFile, 'utf8')}@127.0.0.1:${port}/postgres`;
}
