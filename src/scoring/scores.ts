import type { ColumnEncoding, Encoding } from '../flow/encoding/encoding.ts';
import type { OwnServing } from '../serving/own-serving.ts';
import type { ColumnCodes } from '../table/codes.ts';
import { type CodedRows, problemError, type RowProblem } from '../table/row-problems.ts';
import { columnCodes } from '../training/sources.ts';

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
  readonly serving: Pick<OwnServing, 'logProb'>;
  readonly id: string;
  readonly gaps: ReadonlySet<string>;
  /** Whether a row that cannot be scored is an error: TableError. */
  readonly isStrict: boolean;
  /** Whether the last digits must not depend on what else is asked for meanwhile. */
  readonly alone?: boolean;
  /** Takes what was scored, where something else is to score it, too. */
  readonly shadow?: Shadow | undefined;
}

/** Takes blocks of rows that a model has just scored; it copies what it keeps of them. */
export type Shadow = (block: ScoredBlock) => void;

/** Rows that a model has just scored. */
export interface ScoredBlock {
  /** In codes, [rows, columns + context]. */
  readonly rows: Float64Array;
  /** Nats. */
  readonly logProb: Float64Array;
  /** The indices of rows that it could not read. */
  readonly unreadable: ReadonlySet<number>;
  /** How long that took. */
  readonly milliseconds: number;
}

/** Log-densities of some rows, and what is wrong with some of these; the first of them has the index `first`. */
export interface Scores {
  readonly first: number;
  readonly logProb: Float64Array;
  readonly problems: readonly RowProblem[];
}

/** The scores of rows of which the first has the index `first`; a row with a problem has density zero. */
export async function scoreBlock(
  { serving, id, gaps, isStrict, alone = false, shadow }: ScoreRequest,
  { rows, rowCount, problems }: CodedRows,
  first = 0,
): Promise<Scores> {
  const isGap = ({ code, column }: RowProblem) => code === 'missing-cell' && column !== undefined && gaps.has(column);
  const real = problems.length === 0 ? problems : problems.filter((problem) => !isGap(problem));
  if (isStrict && real.length > 0) throw problemError(real[0]);
  const begun = performance.now();
  const logProb = await serving.logProb(id, rows, rowCount, { alone });
  const unreadable = new Set(real.map(({ row }) => row - first));
  shadow?.({ rows, logProb, unreadable, milliseconds: performance.now() - begun });
  for (const { row } of real) logProb[row - first] = Number.NEGATIVE_INFINITY;
  return { logProb, problems: real, first };
}
