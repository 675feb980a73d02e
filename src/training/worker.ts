/** The entry of a training thread: the whole fit runs here, away from the thread that answers requests. */
import { constants, setPriority } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'piscina';
import { engineNamed } from '../engine/engines.ts';
import { TrainingError } from './errors.ts';
import { type Fit, type FitProblem, fit, type Progress } from './fit.ts';

export interface TrainingTask {
  readonly problem: FitProblem;
  /** Receives a Progress several times a second. */
  readonly progress: MessagePort;
  /** Shared with the thread that waits: it becomes 1 when training is to stop. */
  readonly stop: Int32Array;
}

// Answers come before training. Elsewhere than on Linux this would lower the priority of the whole process.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);

/** The Trainer names it to its threads. */
const engine = engineNamed(workerData);

/** How a task ended; errors that are the data's are values, so that they survive the way between threads. */
export type TrainingOutcome =
  | { readonly status: 'fitted'; readonly fit: Fit }
  | { readonly status: 'stopped' }
  | { readonly status: 'failed'; readonly code: string; readonly message: string };

export async function train({ problem, progress, stop }: TrainingTask): Promise<TrainingOutcome> {
  try {
    const fitted = await fit(await engine, problem, {
      onProgress: (value: Progress) => progress.postMessage(value),
      stopRequested: () => Atomics.load(stop, 0) === 1,
    });
    return fitted ? { status: 'fitted', fit: fitted } : { status: 'stopped' };
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error;
    return { status: 'failed', code: error.code, message: error.message };
  } finally {
    progress.close();
  }
}
