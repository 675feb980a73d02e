import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { Density } from '../../src/flow/density.ts';
import { float64 } from '../../src/flow/graph/program.ts';
import { logProbProgram } from '../../src/flow/programs/log-prob.ts';
import { anomalyFlows, autoCandidates, isAuto, resolveFlow } from '../../src/flow/spec.ts';
import { calibrationLogProbs, pValue } from '../../src/training/conformal.ts';
import { fit } from '../../src/training/fit.ts';
import { anomalyTraining, resolveTraining, type TrainingOptions } from '../../src/training/recipe.ts';
import { splitRows } from '../../src/training/rows.ts';
import { tasksHere } from '../../src/training/tasks.ts';
import { processorSeconds } from '../density/clock.ts';
import { areaUnderRoc } from './auroc.ts';
import type { AnomalySplit } from './tables.ts';

export interface Question {
  readonly seed: number;
  /** "anomaly", "auto" or a preset. */
  readonly flow: string;
  readonly options: TrainingOptions;
}

/** The level at which false alarms are counted. */
export const alpha = 0.05;
const chunkRows = 1024;

/**
 * Fits a density to the rows to learn from with one thread, and scores the others by it. Its own test rows, which it has used
 * for nothing, calibrate the p-values.
 */
export async function scorePushforward(
  { columns, training: values, ordinary, anomalies }: AnomalySplit,
  ask: Question,
) {
  const start = processorSeconds();
  const rows = values.length / columns.length;
  const { training, candidates } = planned({ columns: columns.length, rows }, ask);
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const problem = { rows: { values, columns }, candidates, training, context: 0, seed: ask.seed, threads: 1 };
  const result = await fit(tasksHere(onnxRuntime), problem, { stop });
  if (!result) throw new Error('Training was stopped');
  const calibrationRows = splitRows(rows, training, ask.seed).test;
  const scores = await logProbs(result.density, [
    ordinary,
    anomalies,
    Float64Array.from(Array.from(calibrationRows).flatMap((row) => rowOf(values, row, columns.length))),
  ]);
  const calibration = calibrationLogProbs(scores[2]);
  return {
    auroc: 100 * areaUnderRoc(scores[0], scores[1]),
    falseAlarms: scores[0].reduce((count, logProb) => count + Number(pValue(calibration, logProb) <= alpha), 0),
    found: scores[1].reduce((count, logProb) => count + Number(pValue(calibration, logProb) <= alpha), 0),
    ordinaryRows: scores[0].length,
    anomalousRows: scores[1].length,
    calibrationRows: calibration.length,
    seconds: processorSeconds() - start,
  };
}

function planned(size: { columns: number; rows: number }, { seed, flow, options }: Question) {
  const place = { ...size, path: '', seed };
  if (flow === 'anomaly') {
    const candidates = anomalyFlows(place).map(({ spec }) => spec);
    const training = resolveTraining({ ensemble: candidates.length, ...anomalyTraining(size), ...options }, size);
    return { candidates, training };
  }
  const flows = isAuto(flow) ? autoCandidates(place) : [resolveFlow(flow, place)];
  const training = resolveTraining(options, { rows: size.rows, race: isAuto(flow) });
  return { candidates: flows.map(({ spec }) => spec), training };
}

const rowOf = (values: Float64Array, row: number, width: number) => [
  ...values.subarray(row * width, (row + 1) * width),
];

async function logProbs(density: Density, tables: readonly Float64Array[]): Promise<Float64Array[]> {
  const scorer = await onnxRuntime.load(logProbProgram(density), { threads: 1 });
  const width = density.columns.length;
  const scored: Float64Array[] = [];
  for (const table of tables) {
    const result = new Float64Array(table.length / width);
    for (let first = 0; first < result.length; first += chunkRows) {
      const values = table.slice(first * width, (first + chunkRows) * width);
      const { logProb } = await scorer.run({ rows: { values, shape: [values.length / width, width] } });
      result.set(float64(logProb), first);
    }
    scored.push(result);
  }
  await scorer.release();
  return scored;
}
