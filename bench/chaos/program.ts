import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/store/embedded/free-port.ts';
import { ask } from './ask.ts';

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** How long a program may take to start, and how long to be ready again by itself. */
const startSeconds = 120;
const recoverySeconds = 30;
/** How long it may take to stop, which it does by itself after 30 s at the latest. */
const stopSeconds = 40;

/** Whether a program that was started then, in milliseconds since 1970, is ready. */
export type Readiness = (startedAt: number) => Promise<boolean>;

/** A process of the service, which can be killed and started again; what it says is added to a file. */
export class Program {
  readonly name: string;
  readonly dataDirectory: string;
  /** Where it listens; undefined for a worker. */
  readonly url: string | undefined;
  readonly #environment: Record<string, string>;
  readonly #logFile: string;
  readonly #isReady: Readiness;
  #child: ChildProcess | undefined;
  #startedAt = 0;

  private constructor(
    name: string,
    directory: string,
    { environment, port, isReady }: { environment: Record<string, string>; port: number; isReady?: Readiness },
  ) {
    this.name = name;
    this.dataDirectory = join(directory, name);
    this.#logFile = join(directory, `${name}.log`);
    this.#environment = {
      ...{ PATH: process.env.PATH ?? '', PORT: String(port), DATA_DIR: this.dataDirectory },
      // The machine is meant to be busy.
      ...{ MAX_EVENT_LOOP_DELAY: '60000', TRAINING_THREADS: '2' },
      ...environment,
    };
    const url = `http://127.0.0.1:${port}`;
    this.url = environment.ROLE === 'worker' ? undefined : url;
    this.#isReady = isReady ?? (async () => (await ask(`${url}/readyz`)).status === 200);
  }

  /** `isReady` is for a program that does not listen. */
  static async start(
    name: string,
    directory: string,
    environment: Record<string, string>,
    isReady?: Readiness,
  ): Promise<Program> {
    const program = new Program(name, directory, { environment, port: await freePort(), isReady });
    await program.start();
    return program;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.name} does not run`);
    return this.#child.pid;
  }

  /** When it was started last, in milliseconds since 1970. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** Starts it, and waits until it is ready. */
  async start(): Promise<void> {
    this.#startedAt = Date.now();
    const log = openSync(this.#logFile, 'a');
    const child = spawn(process.execPath, [main], { env: this.#environment, stdio: ['ignore', log, log] });
    closeSync(log);
    // Nothing outlives a bench that is broken off.
    const onExit = () => child.kill('SIGTERM');
    process.once('exit', onExit);
    child.once('exit', () => process.off('exit', onExit));
    this.#child = child;
    if (!(await this.untilReady(startSeconds))) throw new Error(`${this.name} is not ready: see ${this.#logFile}`);
  }

  /** Waits until it is ready; false when that takes too long or it has ended. */
  async untilReady(seconds = recoverySeconds): Promise<boolean> {
    for (const deadline = Date.now() + 1000 * seconds; this.running && Date.now() < deadline; await sleep(50))
      if (await this.#isReady(this.#startedAt)) return true;
    return false;
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks it to stop; what was wrong about how it did, if anything was. */
  async stop(): Promise<string | undefined> {
    if (!this.running) return undefined;
    const child = this.#child;
    const late = new AbortController();
    const timer = sleep(1000 * stopSeconds, undefined, { signal: late.signal }).then(
      () => this.kill(),
      () => {},
    );
    await this.#end('SIGTERM');
    late.abort();
    await timer;
    if (child?.exitCode === 0) return undefined;
    return `${this.name} ended with ${child?.exitCode ?? child?.signalCode} when it was asked to stop`;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.running) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
