import type { Engine } from '../../engine/engine.ts';
import type { Density } from '../../flow/density.ts';
import { float64, type TensorValues } from '../../flow/graph/program.ts';
import { logProbProgram } from '../../flow/programs/log-prob.ts';
import type { CalibrationScores } from '../../store/density-artefact.ts';
import { contextGroup } from '../context-groups.ts';
import { chunks } from '../evaluation.ts';

/**
 * How a density scores rows in codes [rows, columns + context] that had no part in it, by the very program that will score
 * others. `pause` is awaited between native calls.
 */
export async function calibrationScores(
  engine: Engine,
  density: Density,
  rows: TensorValues,
  pause: () => Promise<void>,
): Promise<CalibrationScores> {
  const program = await engine.load(logProbProgram(density));
  const logProb: number[] = [];
  try {
    for (const chunk of chunks(rows)) {
      logProb.push(...float64((await program.run({ rows: chunk })).logProb));
      await pause();
    }
  } finally {
    await program.release();
  }
  const order = Array.from(logProb.keys()).sort((a, b) => logProb[a] - logProb[b]);
  return { scores: Float64Array.from(order, (row) => logProb[row]), ...grouped(density, float64(rows), order) };
}

/** The groups of the rows in this order. */
function grouped(
  { encoding }: Density,
  rows: Float64Array,
  order: readonly number[],
): Pick<CalibrationScores, 'groups' | 'groupOf'> {
  if (!encoding.context.some(({ kind }) => kind === 'categorical')) return { groups: [], groupOf: new Float64Array() };
  const width = encoding.columns.length + encoding.context.length;
  const places = new Map<string, number>();
  const groups: number[][] = [];
  const groupOf = Float64Array.from(order, (row) => {
    const group = contextGroup(encoding, rows.subarray(row * width, (row + 1) * width));
    const key = group.join();
    const place = places.get(key) ?? groups.push(group) - 1;
    places.set(key, place);
    return place;
  });
  return { groups, groupOf };
}
