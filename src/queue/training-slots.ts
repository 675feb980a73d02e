import type { Logger } from 'pino';

/** The memory that a process has for what its slots do, and what of it is not taken; in bytes. */
export interface Room {
  readonly total: number;
  readonly left: number;
}

/** Something to do that was taken for a slot. */
export interface SlotWork {
  /** What it is counted with until it is done. */
  readonly memoryBytes: number;
  run(): Promise<void>;
  /** Comes to an end soon, to go on another time: for what an earlier source has. Without it the work has its slot until it is done. */
  giveWay?(): void;
}

/** Where slots get something to do. */
export interface SlotSource {
  /** What it is called where it is told what a process does. */
  readonly name: string;
  /**
   * Takes what is to be done next, if that fits into what is left. `wait`: there is something, and it is its turn, but it does not fit yet:
   * what gets free is kept for it, and no later source is asked.
   */
  next(room: Room): Promise<SlotWork | 'wait' | undefined>;
  /** Whether there is something for a process with so much memory. Work of later sources gives way to it. */
  isWaiting?(room: Room): Promise<boolean>;
}

/** How much may be done at once. */
export interface SlotLimits {
  readonly threads: number;
  readonly memoryBytes: number;
}

interface RunningWork extends Omit<SlotWork, 'run'> {
  readonly source: string;
}

const pollMilliseconds = 500;
/** Work gives way to what has been waiting each of the last times that was looked: another process may have a slot free for it. */
const looksBeforeGivingWay = 2;

/**
 * The slots of a process in which models are trained, as many as it has training threads. This is the one place where it is decided what a
 * free slot does next: what the first of the sources gives that has something, asked in their order, one slot at a time.
 */
export class TrainingSlots {
  readonly #limits: SlotLimits;
  readonly #sources: readonly SlotSource[];
  readonly #log: Logger;
  readonly #running = new Map<Promise<void>, RunningWork>();
  readonly #dispatching: Promise<void>;
  #wake: () => void = () => {};
  #stopping = false;
  /** How many times in a row something waited for which work could give way. */
  #waited = 0;

  constructor(limits: SlotLimits, sources: readonly SlotSource[], log: Logger) {
    this.#limits = limits;
    this.#sources = sources;
    this.#log = log;
    this.#dispatching = this.#dispatch();
  }

  /** Looks for something to do at once, and not only when that is due. */
  wake(): void {
    this.#wake();
  }

  /** What is being done now, by the names of the sources, and the memory that it is counted with. */
  stats(): { readonly doing: Readonly<Record<string, number>>; readonly memoryBytes: number } {
    const doing = Object.fromEntries(this.#sources.map(({ name }) => [name, 0]));
    for (const { source } of this.#running.values()) doing[source]++;
    return { doing, memoryBytes: this.#limits.memoryBytes - this.#room().left };
  }

  /** Takes nothing more, and waits until what was taken is done. */
  async drain(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#dispatching;
    await Promise.all(this.#running.keys());
  }

  async #dispatch(): Promise<void> {
    while (!this.#stopping) {
      const due = this.#due();
      const taken = this.#running.size < this.#limits.threads && (await this.#takeNext());
      if (taken) continue;
      await this.#makeWay();
      await due;
    }
  }

  async #takeNext(): Promise<boolean> {
    for (const source of this.#sources) {
      const work = await source.next(this.#room()).catch((err) => {
        this.#log.error({ err, source: source.name }, 'nothing could be taken');
        return undefined;
      });
      if (work === 'wait') return false;
      if (work === undefined) continue;
      this.#begin(source.name, work);
      return true;
    }
    return false;
  }

  /** Where something waits for a slot, or for memory, that is another's for as long as nothing else needs it. */
  async #makeWay(): Promise<void> {
    const yielding = [...this.#running.values()].findLast(({ giveWay }) => giveWay);
    const waits = yielding && (await this.#isWaitingBefore(yielding.source));
    this.#waited = waits ? this.#waited + 1 : 0;
    if (this.#waited < looksBeforeGivingWay) return;
    this.#waited = 0;
    yielding?.giveWay?.();
  }

  async #isWaitingBefore(source: string): Promise<boolean> {
    const place = this.#sources.findIndex(({ name }) => name === source);
    for (const { isWaiting } of this.#sources.slice(0, place))
      if (await isWaiting?.(this.#room()).catch(() => false)) return true;
    return false;
  }

  #begin(source: string, { run, ...work }: SlotWork): void {
    const running = run()
      .catch((err) => this.#log.error({ err, source }, 'what was taken could not be done'))
      .finally(() => {
        this.#running.delete(running);
        this.#wake();
      });
    this.#running.set(running, { ...work, source });
  }

  #room(): Room {
    const total = this.#limits.memoryBytes;
    const taken = [...this.#running.values()].reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    return { total, left: total - taken };
  }

  /** Resolves when it is time to look again, from now on. */
  #due(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMilliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
