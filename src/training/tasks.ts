import type { Engine } from '../engine/engine.ts';
import { type Judgement, type JudgementTask, judge } from './judgement.ts';
import type { Training } from './recipe.ts';
import type { Rows } from './rows.ts';
import { type RunControl, type RunState, type RunTask, train } from './run.ts';
import { prepareTable, type TrainingTable } from './table.ts';

export interface PrepareTask {
  /** The modelled columns, then the context. */
  readonly rows: Rows;
  /** How many of the columns are context. */
  readonly context: number;
  readonly training: Training;
  readonly seed: number;
}

/** The long parts of a fit: each is done in one go, in this thread or in another. */
export interface Tasks {
  prepare(task: PrepareTask): Promise<TrainingTable>;
  train(task: RunTask, control: RunControl): Promise<RunState>;
  judge(task: JudgementTask): Promise<Judgement | undefined>;
}

/** Does everything in the calling thread, one flow after the other. */
export function tasksHere(engine: Engine): Tasks {
  let last: Promise<unknown> = Promise.resolve();
  return {
    prepare: async ({ rows, ...task }) => prepareTable(rows, task),
    train(task, control) {
      const next = last.then(() => train(engine, task, control));
      last = next.catch(() => {});
      return next;
    },
    judge: (task) => judge(engine, task),
  };
}
