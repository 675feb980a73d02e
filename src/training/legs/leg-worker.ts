import type { Logger } from 'pino';
import type { TakenLeg } from '../../store/race-legs.ts';
import type { Store } from '../../store/store.ts';
import { TrainingError } from '../errors.ts';
import { prepareTask } from '../fit.ts';
import { readProblem } from '../problem.ts';
import { hasEnded } from '../run.ts';
import type { TrainingTable } from '../table.ts';
import type { Tasks } from '../tasks.ts';
import { decodeState, type LegTask } from './leg.ts';
import { LegInHand } from './leg-in-hand.ts';
import type { Places } from './places.ts';
import { PreparedTables } from './prepared-tables.ts';

interface LegWorkerOptions {
  readonly store: Pick<Store, 'raceLegs' | 'models' | 'datasets' | 'news'>;
  readonly log: Logger;
  readonly threads: Pick<Tasks, 'prepare' | 'train'>;
  readonly places: Places;
  readonly kin: string;
  /** How often is said that a leg is being trained. */
  readonly beatMilliseconds: number;
}

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
    const { store, log, threads, beatMilliseconds } = this.#options;
    const { id: legId, modelId } = taken;
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const interrupt = () => void Atomics.store(stop, 0, 1);
    // What was stored was written by a worker of the same version.
    const task = taken.task as LegTask;
    const began = performance.now();
    using leg = new LegInHand(taken, { raceLegs: store.raceLegs, log, beatMilliseconds, onLost: interrupt });
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
