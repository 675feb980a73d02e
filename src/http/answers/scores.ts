import type { FastifyRequest } from 'fastify';
import type { ColumnEncoding, Encoding } from '../../flow/encoding/encoding.ts';
import { inOrder } from '../../serving/in-order.ts';
import type { ColumnCodes } from '../../table/codes.ts';
import { type CodedRows, problemError, type RowProblem } from '../../table/row-problems.ts';
import { columnCodes } from '../../training/sources.ts';
import type { Own } from '../services.ts';
import type { Scores } from './row-formats.ts';

/** Blocks of rows for one request: as many as keep the threads busy while the next are read, or earlier ones sent. */
export const blocksUnderWay = 4;

/** Whether a missing cell has a density: it is modelled, or taken for another value. */
export const takesMissing = ({ missing, fill }: ColumnEncoding) => missing || fill !== undefined;

/** Rows that a model can score. */
export interface Scorable {
  readonly codes: readonly ColumnCodes[];
  /** The columns of which a cell may be missing. */
  readonly gaps: ReadonlySet<string>;
}

const known = new WeakMap<Encoding, Scorable>();

/** The rows that a model of this encoding can score. */
export function scorableRows(encoding: Encoding): Scorable {
  const columns = [...encoding.columns, ...encoding.context];
  const scorable = known.get(encoding) ?? {
    codes: columns.map(columnCodes),
    gaps: new Set(columns.filter(takesMissing).map(({ name }) => name)),
  };
  known.set(encoding, scorable);
  return scorable;
}

/** A model, and how it is asked. */
export interface ScoreRequest {
  readonly serving: Own['serving'];
  readonly id: string;
  readonly gaps: ReadonlySet<string>;
  /** Whether a row that cannot be scored is an error: TableError. */
  readonly isStrict: boolean;
  /** Takes what was scored, where something else is to score it, too. */
  readonly shadow?: FastifyRequest['shadow'];
}

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

/** The scores of rows of which the first has the index `first`; a row with a problem has density zero. */
export async function scoreBlock(
  { serving, id, gaps, isStrict, shadow }: ScoreRequest,
  { rows, rowCount, problems }: CodedRows,
  first = 0,
): Promise<Scores> {
  const isGap = ({ code, column }: RowProblem) => code === 'missing-cell' && column !== undefined && gaps.has(column);
  const real = problems.length === 0 ? problems : problems.filter((problem) => !isGap(problem));
  if (isStrict && real.length > 0) throw problemError(real[0]);
  const begun = performance.now();
  const logProb = await serving.logProb(id, rows, rowCount);
  const unreadable = new Set(real.map(({ row }) => row - first));
  shadow?.({ rows, logProb, unreadable, milliseconds: performance.now() - begun });
  for (const { row } of real) logProb[row - first] = Number.NEGATIVE_INFINITY;
  return { logProb, problems: real, first };
}
