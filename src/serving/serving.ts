import { Piscina } from 'piscina';
import { type EngineName, engineNamed } from '../engine/engines.ts';
import type { Store } from '../store/store.ts';
import { noTracing, type Tracing } from '../telemetry/tracing.ts';
import { movedBytes } from './blocks.ts';
import { KnownModels } from './known-models.ts';
import { Nearby } from './nearby.ts';
import { OwnServing } from './own-serving.ts';
import { type Call, Schedule } from './schedule.ts';
import type { ThreadOptions } from './worker.ts';

/** The task that a thread works at, and the next. */
const tasksPerThread = 2;

export interface ServingOptions {
  readonly store: Store;
  readonly tracing?: Tracing;
  readonly engine: EngineName;
  readonly threads: number;
  /** What the models made ready in all threads may take, about. */
  readonly modelBytes?: number;
  /** How long rows may wait for a thread. */
  readonly timeoutSeconds?: number;
}

export interface ServingStats {
  readonly waiting: number;
  readonly running: number;
  readonly models: number;
  readonly artefactBytes: number;
  /** How often a model that was asked for had its artefact in memory, and how often that was read. */
  readonly hits: number;
  readonly misses: number;
}

/** Scores rows and draws samples with ready models, in threads of their own. */
export class Serving {
  readonly #tracing: Tracing;
  readonly #threads: Piscina;
  readonly #schedule: Schedule;
  readonly #nearby: Nearby;
  readonly #models: KnownModels;
  readonly #hearing: Disposable;

  constructor({
    store,
    tracing = noTracing,
    engine,
    threads,
    modelBytes = 2 ** 30,
    timeoutSeconds = 60,
  }: ServingOptions) {
    this.#tracing = tracing;
    const models = new KnownModels(store);
    this.#models = models;
    this.#hearing = store.news.listen({
      happened: ({ what, id }) => what === 'model.deleted' && models.forgetAnyones(id),
      missed: () => models.doubt(),
    });
    const bytesEach = modelBytes / (threads + 1);
    const options: ThreadOptions = { engine, modelBytes: bytesEach };
    this.#nearby = new Nearby(engineNamed(engine), bytesEach);
    this.#threads = new Piscina({
      filename: new URL('./worker.ts', import.meta.url).href,
      workerData: options,
      // All from the start, and kept with the models that they have made ready: no request waits for a thread to begin.
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: tasksPerThread,
    });
    const call: Call = (name, task) => this.#threads.run(task, { name, transferList: moved(task) });
    this.#schedule = new Schedule(call, { threads: threads * tasksPerThread, timeoutSeconds, nearby: this.#nearby });
  }

  /** The models of one owner; another's are as if they were not there. */
  for(owner: string): OwnServing {
    return new OwnServing({ schedule: this.#schedule, models: this.#models, tracing: this.#tracing }, owner);
  }

  /** What waits for a thread and what runs in one, and the models whose artefacts are kept. */
  stats(): ServingStats {
    return { ...this.#schedule.stats(), ...this.#models.stats() };
  }

  /** Finishes what is running and lets the threads go. */
  async close(): Promise<void> {
    this.#hearing[Symbol.dispose]();
    await this.#schedule.drain();
    await this.#nearby.drain();
    await this.#threads.close();
  }
}

/** Large arrays are handed over to a thread; smaller ones are copied sooner. */
function moved(task: object): ArrayBuffer[] {
  if (!('rows' in task && task.rows instanceof Float64Array && task.rows.byteLength > movedBytes)) return [];
  return task.rows.buffer instanceof ArrayBuffer ? [task.rows.buffer] : [];
}
