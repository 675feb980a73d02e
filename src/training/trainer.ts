import { MessageChannel } from 'node:worker_threads';
import type { Logger } from 'pino';
import { Piscina } from 'piscina';
import type { EngineName } from '../engine/engines.ts';
import { encodeDensity } from '../store/density-artefact.ts';
import { NotFoundError } from '../store/errors.ts';
import type { Model } from '../store/model.ts';
import type { Store } from '../store/store.ts';
import { readMatrix } from '../table/matrix.ts';
import type { FitProblem, Progress } from './fit.ts';
import type { TrainingOutcome, TrainingTask } from './worker.ts';

/** Trains models: reads their rows, has a thread fit them, and records how it goes and what comes of it. */
export class Trainer {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #threads: Piscina<TrainingTask, TrainingOutcome>;
  /** What asks each running task to stop. */
  readonly #running = new Set<Int32Array>();

  constructor({ store, log, engine, threads }: { store: Store; log: Logger; engine: EngineName; threads: number }) {
    this.#store = store;
    this.#log = log;
    this.#threads = new Piscina({
      filename: new URL('./worker.ts', import.meta.url).href,
      name: 'train',
      workerData: engine,
      minThreads: 0,
      maxThreads: threads,
      // Threads are kept: ending one that is inside a native call would abort the process.
      idleTimeout: Number.POSITIVE_INFINITY,
    });
  }

  /**
   * Trains one model to a final state. Throws when that was not possible for a reason that is not the model's own (such
   * as a database out of reach, `signal`, or the trainer being closed): then it should be tried again.
   */
  async train(modelId: string, signal: AbortSignal): Promise<void> {
    const started = await this.#store.models.startAttempt(modelId);
    if (!started) return;
    const { model, attempt } = started;
    const log = this.#log.child({ modelId, attempt });
    log.info('training started');
    const problem = await this.#problem(model);
    if (!problem) {
      await this.#store.models.fail(modelId, attempt, { code: 'dataset-gone', message: 'Its dataset was deleted' });
      return;
    }
    const stop = new Int32Array(new SharedArrayBuffer(4));
    this.#running.add(stop);
    const interrupt = () => Atomics.store(stop, 0, 1);
    signal.addEventListener('abort', interrupt);
    try {
      const reports = new Reports(this.#store, { modelId, attempt, stop, log });
      const outcome = await this.#fit(problem, stop, reports);
      await this.#record(model, attempt, outcome, await reports.settled());
      log.info({ outcome: outcome.status }, 'training ended');
    } finally {
      signal.removeEventListener('abort', interrupt);
      this.#running.delete(stop);
    }
  }

  /** Stops what is running at the next chance (their `train` calls throw) and lets the threads go. */
  async close(): Promise<void> {
    for (const stop of this.#running) Atomics.store(stop, 0, 1);
    await this.#threads.close();
  }

  async #problem({ datasetId, columns, context, flow, training, seed }: Model): Promise<FitProblem | undefined> {
    if (datasetId === null) return undefined;
    try {
      const dataset = await this.#store.datasets.get(datasetId);
      const all = [...columns, ...context];
      const values = await readMatrix(this.#store.datasets.parts(datasetId), all, dataset.rowCount);
      // Both were resolved by this service when the model was created.
      const resolved = { spec: flow, training } as unknown as Pick<FitProblem, 'spec' | 'training'>;
      return { ...resolved, rows: { values, columns: all }, context: context.length, seed, threads: 1 };
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  async #fit(problem: FitProblem, stop: Int32Array, reports: Reports): Promise<TrainingOutcome> {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', (progress: Progress) => reports.add(progress));
    try {
      return await this.#threads.run({ problem, progress: port2, stop }, { transferList: [port2] });
    } finally {
      port1.close();
    }
  }

  async #record(model: Model, attempt: number, outcome: TrainingOutcome, verdict: Verdict): Promise<void> {
    const { models } = this.#store;
    switch (outcome.status) {
      case 'fitted': {
        const { density, metrics, progress, warnings } = outcome.fit;
        const artefact = encodeDensity(density);
        const allWarnings = [...model.warnings, ...warnings];
        await models.complete(model.id, attempt, { artefact, metrics, progress, warnings: allWarnings });
        return;
      }
      case 'failed':
        await models.fail(model.id, attempt, { code: outcome.code, message: outcome.message });
        return;
      case 'stopped':
        if (verdict === 'cancel') await models.markCancelled(model.id, attempt);
        else if (verdict === 'continue') throw new Error('Training was interrupted before its end');
    }
  }
}

type Verdict = Awaited<ReturnType<Store['models']['recordProgress']>>;

/** Passes progress on to the store, one at a time, the newest first; what the store answers may stop the training. */
class Reports {
  readonly #store: Store;
  readonly #task: { modelId: string; attempt: number; stop: Int32Array; log: Logger };
  #newest: Progress | undefined;
  #writing: Promise<void> | undefined;
  #verdict: Verdict = 'continue';

  constructor(store: Store, task: { modelId: string; attempt: number; stop: Int32Array; log: Logger }) {
    this.#store = store;
    this.#task = task;
  }

  add(progress: Progress): void {
    this.#newest = progress;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Waits until the last report is written. */
  async settled(): Promise<Verdict> {
    await this.#writing;
    return this.#verdict;
  }

  async #write(): Promise<void> {
    const { modelId, attempt, stop, log } = this.#task;
    while (this.#newest) {
      const progress = this.#newest;
      this.#newest = undefined;
      try {
        this.#verdict = await this.#store.models.recordProgress(modelId, attempt, progress);
      } catch (error) {
        // Training goes on: the next report may get through, and the result is written in a transaction of its own.
        log.warn({ err: error }, 'progress could not be recorded');
      }
      if (this.#verdict !== 'continue') Atomics.store(stop, 0, 1);
    }
  }
}
