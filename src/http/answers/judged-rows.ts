import type { Encoding } from '../../flow/encoding/encoding.ts';
import type { Explanations } from '../../serving/explain.ts';
import { inOrder } from '../../serving/in-order.ts';
import { joinedNumbers } from '../../table/joined-numbers.ts';
import type { CodedRows, RowProblem } from '../../table/row-problems.ts';
import { benjaminiHochberg } from '../../training/conformal.ts';
import type { ConformalTest } from '../../training/conformal-test.ts';
import { blocksUnderWay, placed, type ScoreRequest, scoreBlock } from './scores.ts';

/** Some rows, and how unusual each is. */
export interface JudgedRows {
  /** In codes [rows, columns + context], row-major. */
  readonly rows: Float64Array;
  /** Nats, [rows]; -Infinity where the density is zero, NaN for a row that has none, since it cannot be read. */
  readonly logProb: Float64Array;
  /** [rows]; NaN for a row that cannot be read. */
  readonly pValues: Float64Array;
  readonly problems: readonly RowProblem[];
  readonly explanations?: Explanations;
}

export interface JudgingModel {
  readonly id: string;
  readonly encoding: Encoding;
  readonly conformal: ConformalTest;
}

/** Values that can be read, but that the model knows to be impossible. */
const impossible: ReadonlySet<string> = new Set(['unknown-category', 'not-an-integer', 'out-of-bounds']);

/**
 * Judges rows block by block. An impossible value of a modelled column means a density of zero; any other problem of a row, or
 * one of its context, that there is no saying. Throws what the blocks throw, TableError for the first problem where the request
 * is strict, and the abort reason when `gone` fires.
 */
export function judgedRows(
  request: ScoreRequest,
  { encoding, conformal }: JudgingModel,
  blocks: AsyncIterable<CodedRows>,
  gone: AbortSignal,
): AsyncGenerator<JudgedRows> {
  const modelled = new Set(encoding.columns.map(({ name }) => name));
  const isImpossible = ({ code, column }: RowProblem) =>
    impossible.has(code) && column !== undefined && modelled.has(column);
  return inOrder(placed(blocks), blocksUnderWay, async ({ block, first }) => {
    gone.throwIfAborted();
    const { logProb, problems } = await scoreBlock(request, block, first);
    for (const problem of problems) if (!isImpossible(problem)) logProb[problem.row - first] = Number.NaN;
    return { rows: block.rows, logProb, pValues: conformal.pValues(block.rows, logProb), problems };
  });
}

/**
 * Whether a row is called an anomaly by the largest p-value of one; undefined where there is no saying. A row that the model takes
 * to be impossible is one whatever the p-values that so many calibration rows allow.
 */
export function isAnomaly(logProb: number, pValue: number, cutoff: number): boolean | undefined {
  if (Number.isNaN(pValue)) return undefined;
  return logProb === Number.NEGATIVE_INFINITY || pValue <= cutoff;
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
