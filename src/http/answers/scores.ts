import { type ScoreRequest, type Scores, scoreBlock } from '../../scoring/scores.ts';
import { inOrder } from '../../serving/in-order.ts';
import type { CodedRows } from '../../table/row-problems.ts';

/** Blocks of rows for one request: as many as keep the threads busy while the next are read, or earlier ones sent. */
export const blocksUnderWay = 4;

/** The scores of blocks of rows, in order. Throws what the blocks throw, and the abort reason when `gone` fires. */
export function scoresOf(
  request: ScoreRequest,
  blocks: AsyncIterable<CodedRows>,
  gone: AbortSignal,
): AsyncGenerator<Scores> {
  return inOrder(placed(blocks), blocksUnderWay, ({ block, first }) => {
    gone.throwIfAborted();
    return scoreBlock(request, block, first);
  });
}

/** Blocks of rows with the index of the first row of each. */
export async function* placed(blocks: AsyncIterable<CodedRows>) {
  let first = 0;
  for await (const block of blocks) {
    yield { block, first };
    first += block.rowCount;
  }
}
