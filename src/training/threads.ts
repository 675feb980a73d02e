import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { EngineName } from '../engine/engines.ts';
import { TrainingError } from './errors.ts';
import type { RunControl, RunState, RunTask } from './run.ts';
import type { Tasks } from './tasks.ts';
import type { judge, Outcome, prepare, RunMessage, train } from './worker.ts';

interface ThreadTasks {
  readonly prepare: typeof prepare;
  readonly train: typeof train;
  readonly judge: typeof judge;
}

/** In milliseconds. */
const longestTimer = 2 ** 31 - 1;

/** Does the tasks of all fits in threads of their own, first come, first served: flows that race, race in parallel. */
export class TrainingThreads implements Tasks {
  readonly #threads: Piscina;

  /** `heapMegabytes` bounds what JavaScript may keep in one thread; Node decides where it is not given. */
  constructor({ engine, threads, heapMegabytes }: { engine: EngineName; threads: number; heapMegabytes?: number }) {
    this.#threads = new Piscina({
      filename: new URL('./worker.ts', import.meta.url).href,
      workerData: engine,
      // Whoever dies last is replaced: else what waits for a thread would wait for good.
      minThreads: 1,
      maxThreads: threads,
      // Threads are kept: ending one that is inside a native call would abort the process.
      idleTimeout: Number.POSITIVE_INFINITY,
      closeTimeout: longestTimer,
      ...(heapMegabytes && { resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } }),
    });
  }

  prepare(task: Parameters<Tasks['prepare']>[0]): ReturnType<Tasks['prepare']> {
    return this.#run('prepare', task);
  }

  async train(task: RunTask, { stop, onProgress, onState }: RunControl): Promise<RunState> {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', (message: RunMessage) =>
      'progress' in message ? onProgress(message.progress) : onState(message.state),
    );
    try {
      return await this.#run('train', { task, stop, port: port2 }, [port2]);
    } finally {
      port1.close();
    }
  }

  judge(task: Parameters<Tasks['judge']>[0]): ReturnType<Tasks['judge']> {
    return this.#run('judge', task);
  }

  /** Waits for running tasks and lets the threads go. */
  close(): Promise<void> {
    return this.#threads.close();
  }

  async #run<Name extends keyof ThreadTasks>(
    name: Name,
    task: Parameters<ThreadTasks[Name]>[0],
    transferList: MessagePort[] = [],
  ): Promise<ResultOf<ThreadTasks[Name]>> {
    const outcome: Outcome<ResultOf<ThreadTasks[Name]>> = await this.#threads.run(task, { name, transferList });
    if ('error' in outcome) throw new TrainingError(outcome.error.code, outcome.error.message);
    return outcome.result;
  }
}

type ResultOf<Task extends (task: never) => Promise<Outcome<unknown>>> =
  Awaited<ReturnType<Task>> extends Outcome<infer Result> ? Result : never;
