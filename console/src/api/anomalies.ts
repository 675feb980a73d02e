import type { Cell } from '../tables/cells.ts';
import { answer, api } from './client.ts';
import { ApiError } from './problem.ts';

/** What is wrong with a row, or with a cell of it. */
export interface RowProblem {
  /** From 0, in the request. */
  readonly row: number;
  readonly column?: string | undefined;
  readonly message: string;
}

/** How unusual a row is. */
export interface Score {
  /** Nats; null where the density is zero, or the row cannot be read. */
  readonly logProb: number | null;
  /** Null where the row cannot be read. */
  readonly pValue: number | null;
  /** The mean log-density of what the model draws, where contributions were asked for. */
  readonly reference?: number | null | undefined;
  /** By how many nats each column makes the row less likely than that. */
  readonly contributions?: Readonly<Record<string, number>> | null | undefined;
}

type Groups = readonly { readonly context: Readonly<Record<string, Cell>>; readonly calibrationRows: number }[];

export interface Scored {
  readonly scores: readonly Score[];
  readonly problems: readonly RowProblem[];
  readonly calibrationRows: number;
  /** The categories of the context that have calibration rows of their own. */
  readonly groups: Groups;
}

interface Request {
  /** Costs many times as much; the service bounds rows times columns. */
  readonly explain: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Whether rows of so many columns are explained: the time that takes grows with the square of their number, to seconds a row. */
export const isExplainable = (columns: number) => columns <= 200;

/** Rows that may be explained in one request, where the service has its own limit of cells. */
export const explainableRows = (columns: number) => Math.max(1, Math.floor(20_000 / columns));

/** Asks how unusual rows are; their cells are in the order of the model's columns, then of its context. Throws ApiError. */
export async function scoreRows(
  id: string,
  rows: readonly (readonly Cell[])[],
  { explain, signal }: Request,
): Promise<Scored> {
  const body = await answer(
    api.POST('/v1/models/{id}/anomalies', {
      params: { path: { id }, query: { explain } },
      body: { rows: rows.map((row) => [...row]) },
      ...(signal && { signal }),
    }),
  );
  if (typeof body === 'string') throw new ApiError('The scores came as text, where JSON was asked for.');
  const { results, problems = [], calibrationRows, groups = [] } = body;
  return { scores: results, problems, calibrationRows, groups };
}

/** Whether a row is an anomaly by the largest p-value of one; undefined where it cannot be read. */
export function isAnomaly({ pValue, logProb }: Score, cutoff: number): boolean | undefined {
  if (pValue === null) return undefined;
  return logProb === null || pValue <= cutoff;
}
