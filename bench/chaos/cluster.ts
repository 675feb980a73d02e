import { existsSync, readFileSync } from 'node:fs';
import { appendFile, chown, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/store/embedded/free-port.ts';
import { type PostgresPrograms, postgresPrograms } from '../../src/store/embedded/postgres-programs.ts';
import { query } from '../query.ts';
import { childrenOf } from './processes.ts';

const user = 'pushforward';
const settings = ['unix_socket_directories=', 'dynamic_shared_memory_type=mmap'];
const loopback = '127.0.0.1';

/** A PostgreSQL of the bench's own, always on the same port, of which single processes can be killed. */
export class Cluster {
  readonly databaseUrl: string;
  readonly #directory: string;
  readonly #port: number;
  readonly #addresses: readonly string[];
  readonly #programs: PostgresPrograms;

  private constructor(
    directory: string,
    { port, addresses, programs }: { port: number; addresses: readonly string[]; programs: PostgresPrograms },
  ) {
    this.#directory = directory;
    this.#port = port;
    this.#addresses = addresses;
    this.#programs = programs;
    this.databaseUrl = `postgresql://${user}@${addresses[0]}:${port}/postgres`;
  }

  readonly #onExit = () => {
    try {
      process.kill(Number.parseInt(readFileSync(pidFileIn(this.#directory), 'utf8'), 10), 'SIGINT');
    } catch {
      // It has gone already.
    }
  };

  /** It listens at the addresses, to whoever is in one of their networks. */
  static async create(parent: string, addresses: readonly string[] = [loopback]): Promise<Cluster> {
    const directory = join(parent, 'postgres');
    await mkdir(directory);
    const programs = await postgresPrograms(parent);
    if (programs.account) await chown(directory, programs.account.uid, programs.account.gid);
    await programs.initdb(
      '--pgdata',
      directory,
      '--username',
      user,
      '--auth',
      'trust',
      '--encoding',
      'UTF8',
      '--no-locale',
    );
    if (addresses[0] !== loopback) await appendFile(join(directory, 'pg_hba.conf'), 'host all all samenet trust\n');
    const cluster = new Cluster(directory, { port: await freePort(), addresses, programs });
    await cluster.start();
    // Nothing outlives a bench that is broken off.
    process.once('exit', cluster.#onExit);
    return cluster;
  }

  async start(): Promise<void> {
    const own = [`port=${this.#port}`, `listen_addresses=${this.#addresses.join()}`];
    const options = [...own, ...settings].map((setting) => `-c ${setting}`).join(' ');
    const log = join(this.#directory, 'server.log');
    for (let attempt = 1; ; attempt++) {
      try {
        const command = ['start', '--pgdata', this.#directory, '--log', log, '--options', options, '--wait'];
        return await this.#programs.control(...command);
      } catch (error) {
        // Until the last process of one that was killed has gone, its memory is in use, or its number its own.
        const why = await readFile(log, 'utf8').catch(() => '');
        if (attempt === 60 || !/is still in use|postmaster.pid" already exists/.test(why)) throw error;
        await sleep(250);
      }
    }
  }

  /** Kills the process that is the parent of all others. */
  async kill(): Promise<void> {
    process.kill(await postmasterIn(this.#directory), 'SIGKILL');
  }

  /** Kills the process that serves one of the connections. */
  async killBackend(pick: number): Promise<void> {
    const backends = await childrenOf(await postmasterIn(this.#directory), `postgres: ${user} `);
    process.kill(backends[Math.floor(pick * backends.length)], 'SIGKILL');
  }

  /** Whether a worker that was started then looks for jobs, which an API does not. */
  async hasWorkerSince(startedAt: number): Promise<boolean> {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'pushforward-queue'
      AND query ILIKE '%skip locked%' AND backend_start >= to_timestamp(${startedAt / 1000})`;
    return (await query(this.databaseUrl, sql).catch(() => [])).length > 0;
  }

  async stop(): Promise<void> {
    process.off('exit', this.#onExit);
    if (existsSync(pidFileIn(this.#directory)))
      await this.#programs.control('stop', '--pgdata', this.#directory, '--mode', 'fast');
  }
}

/** The process number of the server that has this data directory. */
export async function postmasterIn(directory: string): Promise<number> {
  return Number.parseInt(await readFile(pidFileIn(directory), 'utf8'), 10);
}

const pidFileIn = (directory: string) => join(directory, 'postmaster.pid');
