import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { LivingProcess } from '../store/processes.ts';
import type { Store } from '../store/store.ts';

/** What a process is, for as long as it lives. */
export type ProcessKind = Pick<LivingProcess, 'role' | 'trainingThreads' | 'inferenceThreads' | 'memoryBytes'>;
/** What it does now. */
export type ProcessActivity = Pick<LivingProcess, 'doing' | 'memoryTakenBytes'>;

const beatMilliseconds = 3000;

/** Says every few seconds that this process is alive, and what it does: a worker that does not listen cannot be asked itself. */
export class Presence {
  readonly #id = randomUUID();
  readonly #processes: Store['processes'];
  readonly #log: Logger;
  readonly #kind: ProcessKind;
  readonly #activity: () => ProcessActivity;
  readonly #timer: NodeJS.Timeout;
  #beating: Promise<void>;
  #isBeating = false;

  constructor(
    store: Store,
    { kind, activity, log }: { kind: ProcessKind; activity: () => ProcessActivity; log: Logger },
  ) {
    this.#processes = store.processes;
    this.#log = log;
    this.#kind = kind;
    this.#activity = activity;
    this.#beating = this.#beat();
    this.#timer = setInterval(() => {
      // While the database is away they do not pile up.
      if (!this.#isBeating) this.#beating = this.#beat();
    }, beatMilliseconds);
  }

  /** Resolves once it is known. */
  async known(): Promise<void> {
    await this.#beating;
  }

  /** The training slots of the other processes in which there is none of this kind of work. */
  async slotsElsewhere(busyWith: string): Promise<number> {
    const others = (await this.#processes.living()).filter(({ id }) => id !== this.#id);
    return others.reduce((sum, { trainingThreads, doing }) => sum + trainingThreads - (doing[busyWith] ?? 0), 0);
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    // Where the database is away it is taken for dead a little later.
    await this.#processes.leave(this.#id).catch(() => {});
  }

  async #beat(): Promise<void> {
    this.#isBeating = true;
    try {
      const self = { id: this.#id, host: hostname(), pid: process.pid };
      await this.#processes.beat({ ...self, ...this.#kind, ...this.#activity() });
    } catch (error) {
      this.#log.warn({ err: error }, 'it cannot be said that this process is alive');
    } finally {
      this.#isBeating = false;
    }
  }
}
