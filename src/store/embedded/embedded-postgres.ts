import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { DirectoryInUseError, StoreStartError } from '../errors.ts';
import {
  type Cluster,
  claimedPort,
  databaseUrl,
  disown,
  filesOf,
  initialise,
  type Server,
  serves,
  start,
  stop,
  stopLeftover,
  stopOnExit,
} from './cluster.ts';
import { connectionLost } from './connection-lost.ts';
import { lockDirectory } from './directory-lock.ts';
import { postgresPrograms } from './postgres-programs.ts';

/** A PostgreSQL server of this process's own. */
export interface EmbeddedPostgres {
  readonly databaseUrl: string;
  close(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  readonly dataDirectory: string;
  readonly log: Logger;
  /** Called when the server died and could not be started again. */
  readonly onLost?: (error: StoreStartError) => void;
}

/**
 * Starts PostgreSQL under `dataDirectory`, making the database on the first start, and makes this process the only
 * one that uses it. A server that a killed process left behind is stopped first; one that dies is started again at the
 * same address.
 * Throws StoreStartError when another process owns the directory, or when the server does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDirectory, log } = options;
  const unlock = lockDirectory(dataDirectory);
  try {
    const cluster = { ...filesOf(dataDirectory), programs: await postgresPrograms(dataDirectory) };
    if (existsSync(cluster.directory)) await stopLeftover(cluster, log);
    else await initialise(cluster);
    const server = await start(cluster);
    log.info({ port: server.port, dataDirectory }, 'embedded PostgreSQL started');
    const closing = new AbortController();
    const kept = keepRunning(cluster, server, { ...options, signal: closing.signal });
    const close = async () => {
      try {
        closing.abort();
        await kept;
        // It may have gone by itself; whoever used it has had the error.
        if (await serves(cluster, server.port)) await stop(cluster);
      } finally {
        unlock();
      }
    };
    return { databaseUrl: await databaseUrl(cluster, server.port), close };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Whether a database was ever made under this directory. */
export const holdsDatabase = (dataDirectory: string) => existsSync(filesOf(dataDirectory).directory);

/** How long a command waits for a service that is just starting or stopping. */
const maintenanceSeconds = 30;

/**
 * For a command beside the service: connects to the server that a running service has under `dataDirectory`, and starts one where none
 * runs; `close` leaves the service's own alone.
 * Throws StoreStartError when the directory stays another process's without a server that answers, or the server does not start.
 */
export async function openForMaintenance(dataDirectory: string, log: Logger): Promise<EmbeddedPostgres> {
  const deadline = performance.now() + 1000 * maintenanceSeconds;
  for (;;) {
    try {
      return await startEmbeddedPostgres({ dataDirectory, log });
    } catch (error) {
      if (!(error instanceof DirectoryInUseError)) throw error;
      const running = await runningServer(dataDirectory);
      if (running !== undefined) return { databaseUrl: running, close: async () => {} };
      if (performance.now() > deadline) throw error;
    }
    await sleep(200);
  }
}

/** The database of the server that another process runs under this directory; undefined where none answers. */
async function runningServer(dataDirectory: string): Promise<string | undefined> {
  const files = filesOf(dataDirectory);
  const port = await claimedPort(files);
  return port !== undefined && (await serves(files, port)) ? databaseUrl(files, port) : undefined;
}

/** More restarts than that in so short a time, and the server is given up. */
const mostRestarts = 5;
const restartsMilliseconds = 60_000;

/** Starts the server again whenever it dies, until `signal` aborts or it does not come back. A crash of a part of it it mends itself. */
async function keepRunning(
  cluster: Cluster,
  first: Server,
  {
    log,
    onLost = (error) => log.fatal({ err: error }, error.message),
    signal,
  }: EmbeddedPostgresOptions & { signal: AbortSignal },
): Promise<void> {
  const { port } = first;
  const connectionString = await databaseUrl(cluster, port);
  const restarts: number[] = [];
  let forget = stopOnExit(first.pid);
  try {
    for (;;) {
      await connectionLost(connectionString, signal);
      if (signal.aborted) return;
      if (await serves(cluster, port)) continue;
      forget();
      if (
        restarts.push(Date.now()) > mostRestarts &&
        Date.now() - restarts[restarts.length - 1 - mostRestarts] < restartsMilliseconds
      )
        throw new StoreStartError(`it died ${mostRestarts} times within ${restartsMilliseconds / 1000} s`);
      log.error({ port }, 'embedded PostgreSQL is gone: it is started again');
      await disown(cluster);
      forget = stopOnExit((await start(cluster, { port, signal })).pid);
      log.warn({ port }, 'embedded PostgreSQL is back');
    }
  } catch (cause) {
    if (signal.aborted) return;
    const reason = cause instanceof Error ? cause.message : cause;
    onLost(new StoreStartError(`embedded PostgreSQL is gone and does not come back: ${reason}`, { cause }));
  } finally {
    // Closing stops it.
    if (signal.aborted) forget();
  }
}
