/** The entry of a training thread: the long parts of a fit run here, away from the thread that answers requests. */
import { constants, setPriority } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'piscina';
import { engineNamed } from '../engine/engines.ts';
import { TrainingError } from './errors.ts';
import type { Judgement, JudgementTask } from './judging/judgement.ts';
import type { RunProgress, RunState, RunTask } from './run.ts';
import type { PrepareTask, TrainingTable } from './table.ts';
import { type Tasks, tasksHere } from './tasks.ts';

/** A run, and how the thread that waits for it hears of it and stops it. */
export interface ThreadedRun {
  readonly task: RunTask;
  /** Shared: it becomes 1 when the run is to stop. */
  readonly stop: Int32Array;
  /** Receives RunMessages. */
  readonly port: MessagePort;
}

export type RunMessage = { readonly progress: RunProgress } | { readonly state: RunState };

/** What a task made; an error that is the data's is a value, so that it survives the way between threads. */
export type Outcome<Result> = { readonly result: Result } | { readonly error: { code: string; message: string } };

// Answers come before training. Elsewhere than on Linux this would lower the priority of the whole process.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);

/** The threads' owner names the engine to them. */
const here: Promise<Tasks> = engineNamed(workerData).then(tasksHere);

export async function prepare(task: PrepareTask): Promise<Outcome<TrainingTable>> {
  return outcomeOf(async () => (await here).prepare(task));
}

export async function train({ task, stop, port }: ThreadedRun): Promise<Outcome<RunState>> {
  const send = (message: RunMessage) => port.postMessage(message);
  const outcome = await outcomeOf(async () =>
    (await here).train(task, {
      stop,
      onProgress: (progress) => send({ progress }),
      onState: (state) => send({ state }),
    }),
  );
  port.close();
  return outcome;
}

export async function judge(task: JudgementTask): Promise<Outcome<Judgement | undefined>> {
  return outcomeOf(async () => (await here).judge(task));
}

async function outcomeOf<Result>(work: () => Promise<Result>): Promise<Outcome<Result>> {
  try {
    return { result: await work() };
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}
