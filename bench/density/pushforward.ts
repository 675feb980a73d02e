import packageJson from '../../package.json' with { type: 'json' };
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { fit } from '../../src/training/fit.ts';
import { resolveTraining } from '../../src/training/recipe.ts';
import type { Fitted, Limits } from './measurement.ts';
import { heldOut, type SplitTable } from './tables.ts';

/** Trains a preset, on one thread; it splits the rows by itself, by the seed and in the way of `splitTable`. */
export async function trainPushforward({
  columns,
  values,
  training: {
    shape: [trainingRows],
  },
  validation: {
    shape: [validationRows],
  },
  test: {
    shape: [testRows],
  },
  seed,
  flow,
  limits,
}: SplitTable & { seed: number; flow: string; limits: Limits }): Promise<Fitted> {
  const rows = trainingRows + validationRows + testRows;
  const start = processorSeconds();
  const { spec } = resolveFlow(flow, { columns: columns.length, rows, path: '', seed });
  const training = resolveTraining({ ...heldOut, steps: limits.steps, budgetSeconds: limits.seconds }, { rows });
  const reports: [number, number][] = [];
  const result = await fit(
    onnxRuntime,
    { rows: { values, columns }, spec, training, context: 0, seed, threads: 1 },
    {
      onProgress: ({ validationLogProb }) => reports.push([processorSeconds() - start, validationLogProb ?? -Infinity]),
      stopRequested: () => false,
    },
  );
  if (!result) throw new Error('Training was stopped');
  const seconds = processorSeconds() - start;
  const { metrics, progress } = result;
  const unitsLogDet = metrics.testLogProb - metrics.standardizedTestLogProb;
  reports.push([seconds, metrics.validationLogProb]);
  return {
    version: packageJson.version,
    testLogProb: metrics.standardizedTestLogProb,
    testStandardError: metrics.testStandardError,
    validationLogProb: metrics.validationLogProb - unitsLogDet,
    seconds,
    steps: progress.step,
    ended: progress.step === limits.steps ? 'steps' : progress.etaSeconds === 0 ? 'seconds' : 'patience',
    timeline: improvements(reports).map(([at, logProb]) => [at, logProb - unitsLogDet]),
  };
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The reports that are better than all before. */
const improvements = (reports: readonly [number, number][]) =>
  reports.filter(([, logProb], index) => logProb > (reports[index - 1]?.[1] ?? Number.NEGATIVE_INFINITY));
