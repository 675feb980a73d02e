import { joinedNumbers } from '../table/joined-numbers.ts';
import type { ServedModel } from './ready-models.ts';

/** Few rows that wait to be scored. */
export interface FewRows {
  readonly model: ServedModel;
  readonly rows: Float64Array;
  readonly rowCount: number;
  /** Until when they may wait, on the clock of `performance.now`. */
  readonly deadline: number;
  resolve(logProb: Float64Array): void;
  reject(error: unknown): void;
}

/** Takes the oldest of some that wait out of them, and as many more of its model as come to at most so many rows. */
export function takeTogether(waiting: FewRows[], most: (model: ServedModel) => number): FewRows[] {
  const [{ model }] = waiting;
  const batch: FewRows[] = [];
  const others: FewRows[] = [];
  let rowCount = 0;
  for (const each of waiting) {
    const fits = each.model.id === model.id && (batch.length === 0 || rowCount + each.rowCount <= most(model));
    (fits ? batch : others).push(each);
    if (fits) rowCount += each.rowCount;
  }
  waiting.splice(0, waiting.length, ...others);
  return batch;
}

/** Scores rows of one model in one run, and gives everybody their own, or to all its failure. Never rejects. */
export async function scoreTogether(
  batch: readonly FewRows[],
  logProb: (model: ServedModel, rows: Float64Array<ArrayBuffer>) => Promise<Float64Array>,
): Promise<void> {
  try {
    const scores = await logProb(batch[0].model, joinedNumbers(batch.map(({ rows }) => rows)));
    let first = 0;
    for (const { rowCount, resolve } of batch) {
      resolve(scores.slice(first, first + rowCount));
      first += rowCount;
    }
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}
