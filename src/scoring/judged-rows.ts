import type { Encoding } from '../flow/encoding/encoding.ts';
import type { Explanations } from '../serving/explain.ts';
import type { CodedRows, RowProblem } from '../table/row-problems.ts';
import type { ConformalTest } from '../training/conformal-test.ts';
import { type ScoreRequest, scoreBlock } from './scores.ts';

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

/** The part of usual rows that are called anomalies, where nothing else is asked for. */
export const defaultAlpha = 0.01;

/** Values that can be read, but that the model knows to be impossible. */
const impossible: ReadonlySet<string> = new Set(['unknown-category', 'not-an-integer', 'out-of-bounds']);

/**
 * Judges rows of which the first has the index `first`. An impossible value of a modelled column means a density of zero; any other
 * problem of a row, or one of its context, that there is no saying. Throws TableError for the first problem where the request
 * is strict.
 */
export async function judgeBlock(
  request: ScoreRequest,
  { encoding, conformal }: Pick<JudgingModel, 'encoding' | 'conformal'>,
  block: CodedRows,
  first = 0,
): Promise<JudgedRows> {
  const isImpossible = ({ code, column }: RowProblem) =>
    impossible.has(code) && encoding.columns.some(({ name }) => name === column);
  const { logProb, problems } = await scoreBlock(request, block, first);
  for (const problem of problems) if (!isImpossible(problem)) logProb[problem.row - first] = Number.NaN;
  return { rows: block.rows, logProb, pValues: conformal.pValues(block.rows, logProb), problems };
}

/**
 * Whether a row is called an anomaly by the largest p-value of one; undefined where there is no saying. A row that the model takes
 * to be impossible is one whatever the p-values that so many calibration rows allow.
 */
export function isAnomaly(logProb: number, pValue: number, cutoff: number): boolean | undefined {
  if (Number.isNaN(pValue)) return undefined;
  return logProb === Number.NEGATIVE_INFINITY || pValue <= cutoff;
}
