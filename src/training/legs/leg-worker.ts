import type { Logger } from 'pino';
import { eventually } from '../../store/eventually.ts';
import type { TakenLeg } from '../../store/race-legs.ts';
import type { Store } from '../../store/store.ts';
import { TrainingError } from '../errors.ts';
import { prepareTask } from '../fit.ts';
import { readProblem } from '../problem.ts';
import { hasEnded, type RunProgress, type RunState } from '../run.ts';
import type { TrainingTable } from '../table.ts';
import type { Tasks } from '../tasks.ts';
import { decodeState, encodeState, type LegTask } from './leg.ts';
import type { Places } from './places.ts';
import { PreparedTables } from './prepared-tables.ts';

interface LegWorkerOptions {
  readonly store: Pick<Store, 'raceLegs' | 'models' | 'datasets' | 'news'>;
  readonly log: Logger;
  readonly threads: Pick<Tasks, 'prepare' | 'train'>;
  readonly places: Places;
  readonly kin: string;
}

/** How often is said that a leg is being trained. */
const beatMilliseconds = 1000;
/** What a leg has come to waits for a database that is away for so long: then others will have taken its worker for dead. */
const patienceMilliseconds = 10_000;

/** A leg that was taken, to be trained by `run`, which does not throw. */
export interface LegWork {
  readonly memoryBytes: number;
  run(): Promise<void>;
  /** Has the leg given back, with what it has come to. */
  giveWay(): void;
}

/** Trains legs of races that other processes run: a source of work for training slots. */
export class LegWorker {
  readonly name = 'legs';
  readonly #options: LegWorkerOptions;
  readonly #tables: PreparedTables;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: LegWorkerOptions) {
    this.#options = options;
    this.#tables = new PreparedTables((modelId) => this.#prepare(modelId));
  }

  /** Lets go of tables that are kept for legs to come. */
  forgetUnused(): void {
    this.#tables.forgetUnused();
  }

  /** Takes a leg, where one waits that so much memory is enough for and a thread is free. */
  async next({ left }: { readonly left: number }): Promise<LegWork | undefined> {
    const { places, store, kin } = this.#options;
    const place = this.#closing.signal.aborted ? undefined : places.askIfFree();
    if (!place) return undefined;
    const leg = await store.raceLegs.take({ kin, preferred: this.#tables.models(), left }).catch((error) => {
      place.leave();
      throw error;
    });
    if (!leg) {
      place.leave();
      return undefined;
    }
    const giving = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, giving.signal]);
    return {
      memoryBytes: leg.memoryBytes ?? 0,
      run: () => {
        const running = this.#train(leg, signal).finally(() => {
          this.#running.delete(running);
          place.leave();
        });
        this.#running.add(running);
        return running;
      },
      giveWay: () => giving.abort(),
    };
  }

  /** Has the legs in hand given back, and takes no more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  async #train(taken: TakenLeg, signal: AbortSignal): Promise<void> {
    const { store, log, threads } = this.#options;
    const { id: legId, modelId } = taken;
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const interrupt = () => void Atomics.store(stop, 0, 1);
    // What was stored was written by a worker of the same version.
    const task = taken.task as LegTask;
    const began = performance.now();
    using leg = new LegInHand(taken, { raceLegs: store.raceLegs, log, onLost: interrupt });
    using loan = this.#tables.lend(modelId);
    using _hearing = store.news.listen({
      happened: ({ what, id }) => what === 'model.cancelled' && id === modelId && leg.lose(),
      missed() {},
    });
    signal.addEventListener('abort', interrupt);
    if (signal.aborted) interrupt();
    try {
      const table = await loan.table;
      const state = taken.state ? decodeState(taken.state) : undefined;
      const deadline = Date.now() + 1000 * taken.seconds;
      const result = await threads
        .train(
          { table, ...task, state, deadline },
          { stop, onProgress: (progress) => leg.note({ progress }), onState: (latest) => leg.note({ state: latest }) },
        )
        .catch((error) => {
          if (error instanceof TrainingError) return error;
          throw error;
        });
      const isWhole = result instanceof TrainingError || result.step >= task.until || hasEnded(result, task.training);
      if (isWhole || Atomics.load(stop, 0) === 0) await leg.end(result);
      else await leg.giveBack(result);
      const steps = result instanceof TrainingError ? undefined : result.step - (state?.step ?? 0);
      log.info({ modelId, legId, steps, seconds: (performance.now() - began) / 1000 }, 'leg of a race trained');
    } catch (err) {
      log.warn({ err, modelId, legId }, 'the leg of a race broke off');
      await leg.giveBack();
    } finally {
      signal.removeEventListener('abort', interrupt);
    }
  }

  async #prepare(modelId: string): Promise<TrainingTable> {
    const { store, threads } = this.#options;
    const problem = await readProblem(store, await store.models.get(modelId));
    if (!problem) throw new Error('The dataset of the model is gone');
    return threads.prepare(prepareTask(problem));
  }
}

/** A leg that a worker trains, and what is told of it meanwhile. */
class LegInHand implements Disposable {
  readonly #leg: TakenLeg;
  readonly #raceLegs: Store['raceLegs'];
  readonly #log: Logger;
  readonly #onLost: () => void;
  readonly #timer: NodeJS.Timeout;
  #isLost = false;
  #beating: Promise<void> | undefined;
  #progress: RunProgress | undefined;
  #state: RunState | undefined;

  constructor(
    leg: TakenLeg,
    { raceLegs, log, onLost }: { raceLegs: Store['raceLegs']; log: Logger; onLost: () => void },
  ) {
    this.#leg = leg;
    this.#raceLegs = raceLegs;
    this.#log = log;
    this.#onLost = onLost;
    this.#timer = setInterval(() => {
      this.#beating ??= this.#beat().finally(() => {
        this.#beating = undefined;
      });
    }, beatMilliseconds);
  }

  note({ progress, state }: { progress?: RunProgress; state?: RunState }): void {
    this.#progress = progress ?? this.#progress;
    this.#state = state ?? this.#state;
  }

  /** Nobody waits for it any more. */
  lose(): void {
    this.#isLost = true;
    this.#onLost();
  }

  async end(result: RunState | TrainingError): Promise<void> {
    await this.#leave(() =>
      this.#raceLegs.end(
        this.#leg,
        result instanceof TrainingError
          ? { error: { code: result.code, message: result.message } }
          : { state: encodeState(result) },
      ),
    );
  }

  async giveBack(state = this.#state): Promise<void> {
    await this.#leave(() => this.#raceLegs.giveBack(this.#leg, state && encodeState(state)));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #leave(write: () => Promise<void>): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    if (this.#isLost) return;
    const until = performance.now() + patienceMilliseconds;
    await eventually(write, () => performance.now() > until).catch((err) =>
      this.#log.warn({ err, legId: this.#leg.id }, 'what the leg of a race has come to could not be stored'),
    );
  }

  async #beat(): Promise<void> {
    const [progress, state] = [this.#progress, this.#state];
    this.#progress = undefined;
    this.#state = undefined;
    try {
      if (!(await this.#raceLegs.beat(this.#leg, progress, state && encodeState(state)))) this.lose();
    } catch (err) {
      this.#state ??= state;
      this.#log.warn({ err, legId: this.#leg.id }, 'how far the leg of a race is could not be stored');
    }
  }
}
