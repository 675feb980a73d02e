import packageJson from '../../package.json' with { type: 'json' };
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { autoCandidates, isAuto, resolveFlow } from '../../src/flow/spec.ts';
import { type Fit, fit, type Progress } from '../../src/training/fit.ts';
import { resolveTraining, type TrainingOptions } from '../../src/training/recipe.ts';
import { tasksHere } from '../../src/training/tasks.ts';
import { processorSeconds } from './clock.ts';
import type { Fitted } from './measurement.ts';
import { heldOut, type SplitTable, type Table } from './tables.ts';

/** A table to be fitted with one thread. */
export interface Task extends Table {
  readonly seed: number;
  readonly flow: string;
  readonly options: TrainingOptions;
}

/** Trains a preset, or finds the best flow for "auto"; the rows are split by the seed. */
export async function fitPushforward(
  { columns, values, seed, flow, options }: Task,
  onProgress: (progress: Progress) => void,
): Promise<Fit> {
  const rows = values.length / columns.length;
  const place = { columns: columns.length, rows, path: '', seed };
  const candidates = (isAuto(flow) ? autoCandidates(place) : [resolveFlow(flow, place)]).map(({ spec }) => spec);
  const training = resolveTraining(options, { rows, race: isAuto(flow) });
  const problem = { rows: { values, columns }, candidates, training, context: 0, seed, threads: 1 };
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const result = await fit(tasksHere(onnxRuntime), problem, { onProgress, stop });
  if (!result) throw new Error('Training was stopped');
  return result;
}

/** Trains a preset with the split of `splitTable`, and reports as the peers do. */
export async function trainPushforward({
  columns,
  values,
  unitsLogDet,
  seed,
  flow,
  budgetSeconds,
}: SplitTable & Pick<Task, 'seed' | 'flow'> & { budgetSeconds: number }): Promise<Fitted> {
  const start = processorSeconds();
  const reports: [number, number][] = [];
  const options = { ...heldOut, budgetSeconds };
  const { metrics, progress } = await fitPushforward(
    { columns, values, seed, flow, options },
    ({ validationLogProb }) =>
      reports.push([processorSeconds() - start, validationLogProb ?? Number.NEGATIVE_INFINITY]),
  );
  const seconds = processorSeconds() - start;
  reports.push([seconds, metrics.validationLogProb]);
  return {
    version: packageJson.version,
    testLogProb: metrics.testLogProb - unitsLogDet,
    testStandardError: metrics.testStandardError,
    validationLogProb: metrics.validationLogProb - unitsLogDet,
    seconds,
    steps: progress.step,
    ended: progress.step === progress.steps ? 'steps' : progress.etaSeconds === 0 ? 'seconds' : 'patience',
    timeline: improvements(reports).map(([at, logProb]) => [at, logProb - unitsLogDet]),
  };
}

/** The reports that are better than all before. */
function improvements(reports: readonly [number, number][]): [number, number][] {
  let best = Number.NEGATIVE_INFINITY;
  return reports.filter(([, logProb]) => {
    const better = logProb > best;
    best = Math.max(best, logProb);
    return better;
  });
}
