import { joinedNumbers } from '../table/joined-numbers.ts';
import { ranges } from './blocks.ts';
import { InferenceTimeoutError } from './errors.ts';
import type { Nearby } from './nearby.ts';
import type { ServedModel } from './ready-models.ts';
import { type FewRows, scoreTogether, takeTogether } from './together.ts';
import type { logProb, onnx, sample, steps } from './worker.ts';

/** What the threads do, by name. */
interface Tasks {
  readonly logProb: typeof logProb;
  readonly sample: typeof sample;
  readonly onnx: typeof onnx;
  readonly steps: typeof steps;
}

type Task<Name extends keyof Tasks> = Parameters<Tasks[Name]>[0];
type Result<Name extends keyof Tasks> = Awaited<ReturnType<Tasks[Name]>>;

/** Rows in one run at most: enough to be worth it, few enough that none keeps others waiting for long. */
const mostRows = 2048;

/** Requests for so many rows are scored together. */
const fewRows = 256;

/** How often it is looked for what has waited too long. */
const sweepMilliseconds = 1000;

/** A run of a thread that is waited for. */
interface Waiting {
  readonly deadline: number;
  reject(error: unknown): void;
}

interface LargeRun extends Waiting {
  start(): Promise<void>;
}

/** Has a thread do something. */
export type Call = <Name extends keyof Tasks>(name: Name, task: Task<Name>) => Promise<Result<Name>>;

export interface ScheduleOptions {
  readonly threads: number;
  readonly timeoutSeconds: number;
  readonly nearby?: Pick<Nearby, 'take' | 'observe'>;
}

/**
 * What waits for one of some threads. When one is free it takes the oldest rows, and with them all that wait to be scored by
 * the same model, as one run: rows that arrive together are scored together, and none waits for a clock. Requests for few
 * rows take turns with the blocks of large ones.
 */
export class Schedule {
  readonly #call: Call;
  readonly #timeoutSeconds: number;
  readonly #nearby: Pick<Nearby, 'take' | 'observe'> | undefined;
  #free: number;
  readonly #few: FewRows[] = [];
  readonly #large: LargeRun[] = [];
  #fewAreNext = true;
  readonly #running = new Set<Promise<void>>();
  #sweeps: NodeJS.Timeout | undefined;

  /** Runs go to as many `threads` at a time, and wait for one at most so long; `nearby` may take rows before that. */
  constructor(call: Call, { threads, timeoutSeconds, nearby }: ScheduleOptions) {
    this.#call = call;
    this.#nearby = nearby;
    this.#free = threads;
    this.#timeoutSeconds = timeoutSeconds;
  }

  /**
   * The log-density of each row of [rowCount, width]. The last digits may depend on the rows that are scored together with few
   * ones, unless they are to be scored `alone`. Throws InferenceTimeoutError, and what the thread throws.
   */
  async logProb(model: ServedModel, rows: Float64Array, rowCount: number, alone = false): Promise<Float64Array> {
    if (rowCount <= fewRows && !alone)
      return new Promise((resolve, reject) => {
        const few = { model, rows, rowCount, resolve, reject, deadline: this.#deadline() };
        if (this.#nearby?.take(few)) return;
        this.#few.push(few);
        this.#startFree();
      });
    const width = rows.length / rowCount;
    const size = rowsAtOnce(model);
    return joinedNumbers(
      await Promise.all(
        ranges(rowCount, size).map(([first, count]) =>
          this.run('logProb', { model, rows: rows.slice(first * width, (first + count) * width) }),
        ),
      ),
    );
  }

  /** Throws as `logProb` does. */
  run<Name extends keyof Tasks>(name: Name, task: Task<Name>): Promise<Result<Name>> {
    return new Promise((resolve, reject) => {
      const start = () => this.#call(name, task).then(resolve, reject);
      this.#large.push({ start, reject, deadline: this.#deadline() });
      this.#startFree();
    });
  }

  /** Requests for few rows and blocks of larger ones, those that wait for a thread and the runs that were given to one. */
  stats(): { readonly waiting: number; readonly running: number } {
    return { waiting: this.#few.length + this.#large.length, running: this.#running.size };
  }

  /** Resolves once nothing runs or waits. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  #startFree(): void {
    while (this.#free > 0) {
      const run = this.#next();
      if (!run) break;
      this.#free--;
      const running = run().finally(() => {
        this.#running.delete(running);
        this.#free++;
        this.#startFree();
      });
      this.#running.add(running);
    }
    this.#watch();
  }

  #next(): (() => Promise<void>) | undefined {
    const takeFew = this.#few.length > 0 && (this.#fewAreNext || this.#large.length === 0);
    this.#fewAreNext = !takeFew;
    if (!takeFew) return this.#large.shift()?.start;
    const batch = takeTogether(this.#few, (model) => Math.max(fewRows, rowsAtOnce(model)));
    return () => scoreTogether(batch, (model, rows) => this.#timed(model, rows, rowCountOf(batch)));
  }

  async #timed(model: ServedModel, rows: Float64Array<ArrayBuffer>, rowCount: number): Promise<Float64Array> {
    const started = performance.now();
    const logProb = await this.#call('logProb', { model, rows });
    this.#nearby?.observe(model, rowCount, performance.now() - started);
    return logProb;
  }

  #deadline(): number {
    return performance.now() + 1000 * this.#timeoutSeconds;
  }

  /** While anything waits, what has waited too long is turned away. */
  #watch(): void {
    const isWaiting = this.#few.length + this.#large.length > 0;
    if (isWaiting && !this.#sweeps) this.#sweeps = setInterval(() => this.#turnAway(), sweepMilliseconds).unref();
    if (!isWaiting) {
      clearInterval(this.#sweeps);
      this.#sweeps = undefined;
    }
  }

  #turnAway(): void {
    const now = performance.now();
    const late: Waiting[] = [...takeLate(this.#few, now), ...takeLate(this.#large, now)];
    for (const { reject } of late) reject(new InferenceTimeoutError(this.#timeoutSeconds));
    this.#watch();
  }
}

const rowCountOf = (batch: readonly FewRows[]) => batch.reduce((sum, { rowCount }) => sum + rowCount, 0);

/** Takes out of some that wait those that have waited too long. */
function takeLate<Each extends Waiting>(waiting: Each[], now: number): Each[] {
  const late = waiting.filter(({ deadline }) => deadline < now);
  waiting.splice(0, waiting.length, ...waiting.filter(({ deadline }) => deadline >= now));
  return late;
}

/** Fewer rows of a model of many parameters, whose rows cost more. */
function rowsAtOnce({ artefact }: ServedModel): number {
  return Math.min(mostRows, Math.max(16, Math.floor(2 ** 32 / artefact.length)));
}
