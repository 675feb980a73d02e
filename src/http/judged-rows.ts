import type { Encoding } from '../flow/encoding/encoding.ts';
import type { Explanations } from '../serving/explain.ts';
import { type CodedRows, problemError, type RowProblem } from '../table/row-problems.ts';
import { benjaminiHochberg } from '../training/conformal.ts';
import type { ConformalTest } from '../training/conformal-test.ts';
import { takesMissing } from './scores.ts';
import type { Services } from './services.ts';

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
 * one of its context, that there is no saying. With `strict` the first of them is thrown, as TableError.
 */
export async function* judgedRows(
  serving: Services['serving'],
  { id, encoding, conformal }: JudgingModel,
  blocks: AsyncIterable<CodedRows>,
  { strict }: { strict: boolean },
): AsyncGenerator<JudgedRows> {
  const gaps = new Set([...encoding.columns, ...encoding.context].filter(takesMissing).map(({ name }) => name));
  const modelled = new Set(encoding.columns.map(({ name }) => name));
  let first = 0;
  for await (const { rows, rowCount, problems } of blocks) {
    const real = problems.filter(({ code, column }) => code !== 'missing-cell' || !isOf(gaps, column));
    if (strict && real.length > 0) throw problemError(real[0]);
    const logProb = await serving.logProb(id, rows, rowCount);
    for (const { row } of real) logProb[row - first] = Number.NEGATIVE_INFINITY;
    for (const { row, code, column } of real)
      if (!impossible.has(code) || !isOf(modelled, column)) logProb[row - first] = Number.NaN;
    yield { rows, logProb, pValues: conformal.pValues(rows, logProb), problems: real };
    first += rowCount;
  }
}

/** Whether a problem is one of a cell in these columns, and not of a whole row. */
const isOf = (columns: ReadonlySet<string>, column: string | undefined) => column !== undefined && columns.has(column);

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
  const all = new Float64Array(judged.reduce((total, { pValues }) => total + pValues.length, 0));
  let offset = 0;
  for (const { pValues } of judged) {
    all.set(pValues, offset);
    offset += pValues.length;
  }
  const known = all.filter((p) => !Number.isNaN(p));
  const adjusted = benjaminiHochberg(known);
  return known.reduce((largest, p, row) => (adjusted[row] <= rate ? Math.max(largest, p) : largest), 0);
}
