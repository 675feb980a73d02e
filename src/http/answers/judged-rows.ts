import { type JudgedRows, type JudgingModel, judgeBlock } from '../../scoring/judged-rows.ts';
import type { ScoreRequest } from '../../scoring/scores.ts';
import { inOrder } from '../../serving/in-order.ts';
import { joinedNumbers } from '../../table/joined-numbers.ts';
import type { CodedRows } from '../../table/row-problems.ts';
import { benjaminiHochberg } from '../../training/conformal.ts';
import { blocksUnderWay, placed } from './scores.ts';

/** Judges rows block by block. Throws as `judgeBlock` does, what the blocks throw, and the abort reason when `gone` fires. */
export function judgedRows(
  request: ScoreRequest,
  model: JudgingModel,
  blocks: AsyncIterable<CodedRows>,
  gone: AbortSignal,
): AsyncGenerator<JudgedRows> {
  return inOrder(placed(blocks), blocksUnderWay, ({ block, first }) => {
    gone.throwIfAborted();
    return judgeBlock(request, model, block, first);
  });
}

/**
 * The largest p-value of an anomaly among all rows, such that at most a part `rate` of what is called so is not, on average; 0 where
 * nothing can be called so.
 */
export function discoveryCutoff(judged: readonly JudgedRows[], rate: number): number {
  const all = joinedNumbers(judged.map(({ pValues }) => pValues));
  const known = all.filter((p) => !Number.isNaN(p));
  const adjusted = benjaminiHochberg(known);
  return known.reduce((largest, p, row) => (adjusted[row] <= rate ? Math.max(largest, p) : largest), 0);
}
