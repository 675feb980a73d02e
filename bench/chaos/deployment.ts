import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { query } from '../query.ts';
import type { Kill } from './plan.ts';
import { processesIn } from './processes.ts';
import type { Program } from './program.ts';

/** The processes of one installation of the service. */
export interface Installation {
  readonly programs: readonly Program[];
  databaseUrl(): Promise<string>;
  strike(kill: Kill, pick: number): Promise<void>;
  /** Starts again what nobody but an operator would. */
  restore(kill: Kill): Promise<void>;
  /** Stops what is not a program. */
  stop(): Promise<void>;
}

/** A directory that PostgreSQL's account may enter, too. */
export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pushforward-chaos-'));
  await chmod(directory, 0o755);
  return directory;
}

/** An installation in a directory of its own: asked, and looked into from outside. */
export class Deployment {
  readonly url: string;
  readonly installation: Installation;
  readonly directory: string;

  constructor(directory: string, installation: Installation) {
    this.directory = directory;
    this.installation = installation;
    const listening = installation.programs.find(({ url }) => url !== undefined);
    if (listening?.url === undefined) throw new RangeError('Expected a program that listens');
    this.url = listening.url;
  }

  /** The rows of a query, past the service. */
  async query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
    return query<Row>(await this.installation.databaseUrl(), sql);
  }

  /** Waits until all programs are ready; starts those again that are not, and says what was wrong with each. */
  async mend(): Promise<string[]> {
    const faults: string[] = [];
    for (const program of this.installation.programs) {
      if (await program.untilReady()) continue;
      faults.push(`${program.name} ${program.running ? 'did not get ready by itself' : 'ended by itself'}`);
      await program.kill();
      await program.start();
    }
    return faults;
  }

  /** What programs that were not killed since have left on disk, of tables and answers that they have done with. */
  async spoolLeaks(): Promise<string[]> {
    const leaks: string[] = [];
    for (const { name, dataDirectory, startedAt } of this.installation.programs)
      for (const path of await spooled(dataDirectory))
        if ((await stat(path)).birthtimeMs > startedAt) leaks.push(`${path}, left by ${name}, which was not killed`);
    return leaks;
  }

  /**
   * Stops everything, and says what is left that should not be: claims, jobs, files, processes. Files of processes that were
   * killed are to go when the next one starts.
   */
  async close(): Promise<string[]> {
    const left = await this.spoolLeaks();
    const [claims] = await this.query<{ count: number }>(
      'SELECT count(*)::int FROM idempotency_keys WHERE status IS NULL',
    );
    if (claims.count > 0) left.push(`${claims.count} claims to keys are held by nobody`);
    left.push(...(await this.#stopPrograms()));
    for (const program of this.installation.programs) if (program.url !== undefined) await program.start();
    for (const { dataDirectory } of this.installation.programs)
      left.push(...(await lasting(() => spooled(dataDirectory))));
    left.push(...(await this.#stopPrograms()));
    await this.installation.stop();
    const processes = await lasting(() => processesIn(this.directory));
    return [...left, ...processes.map((pid) => `process ${pid} is alive`)];
  }

  async #stopPrograms(): Promise<string[]> {
    const faults: string[] = [];
    for (const program of this.installation.programs) {
      const fault = await program.stop();
      if (fault) faults.push(fault);
    }
    return faults;
  }

  /** Ends all its processes, as they are. */
  async abandon(): Promise<void> {
    for (const program of this.installation.programs) await program.kill();
    for (const pid of await processesIn(this.directory)) process.kill(pid, 'SIGKILL');
  }

  /** Removes its files; of one that something was wrong with, all but what the programs said. */
  async remove(keepLogs: boolean): Promise<void> {
    for (const name of await readdir(this.directory))
      if (!keepLogs || !name.endsWith('.log'))
        await rm(join(this.directory, name), { recursive: true, force: true, maxRetries: 5 });
    if (!keepLogs) await rm(this.directory, { recursive: true });
  }
}

/** What is still found when it has had ten seconds to go. */
async function lasting<Item>(find: () => Promise<Item[]>): Promise<Item[]> {
  for (const deadline = Date.now() + 10_000; ; await sleep(100)) {
    const found = await find();
    if (found.length === 0 || Date.now() > deadline) return found;
  }
}

/** The files of tables and answers on their way; each process has a place for them, beside its lock on it. */
export async function spooled(dataDirectory: string): Promise<string[]> {
  const entries = await readdir(join(dataDirectory, 'uploads'), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('owner.lock'))
    .map(({ parentPath, name }) => join(parentPath, name));
}
