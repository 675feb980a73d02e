import type { Engine } from '../engine/engine.ts';
import { type Judgement, type JudgementTask, judge } from './judging/judgement.ts';
import { type RunControl, type RunState, type RunTask, train } from './run.ts';
import { type PrepareTask, prepareTable, type TrainingTable } from './table.ts';

/** The long parts of a fit: each is done in one go, in this thread or in another. */
export interface Tasks {
  prepare(task: PrepareTask): Promise<TrainingTable>;
  /** Throws TrainingError, and may throw Stopped when it was asked to stop before it began. */
  train(task: RunTask, control: RunControl): Promise<RunState>;
  judge(task: JudgementTask): Promise<Judgement | undefined>;
}

/** Does everything in the calling thread, one flow after the other. */
export function tasksHere(engine: Engine): Tasks {
  let last: Promise<unknown> = Promise.resolve();
  return {
    prepare: (task) => prepareTable(engine, task),
    train(task, control) {
      const next = last.then(() => train(engine, task, control));
      last = next.catch(() => {});
      return next;
    },
    judge: (task) => judge(engine, task),
  };
}
