import { useEffect, useRef, useState } from 'preact/hooks';
import { isExplainable, type RowProblem, type Score, scoreRows } from '../../../api/anomalies.ts';
import { type ApiError, toApiError } from '../../../api/problem.ts';
import type { Model } from '../../../api/types.ts';
import type { Cell } from '../../../tables/cells.ts';

/** A row that is edited; it keeps its id when its cells change. */
export interface EditedRow {
  readonly id: number;
  readonly cells: readonly Cell[];
}

/** The last known score of a row, and of which cells it is. */
export interface RowScore {
  readonly cells: readonly Cell[];
  readonly score: Score;
  readonly problems: readonly RowProblem[];
}

interface ScoresState {
  readonly scores: ReadonlyMap<number, RowScore>;
  readonly calibrationRows: number | undefined;
  readonly error: ApiError | undefined;
}

/** After the last key that is pressed in haste. */
const pauseMilliseconds = 80;

/**
 * Scores rows as they change: only those that did, one request at a time. While a slider is dragged each answer makes place for the
 * next question, so that it is seen how the score reacts.
 */
export function useScores(
  { id: modelId, columns }: Model,
  rows: readonly EditedRow[],
): ScoresState & { retry(): void } {
  const [state, setState] = useState<ScoresState>({ scores: new Map(), calibrationRows: undefined, error: undefined });
  const latest = useRef(rows);
  latest.current = rows;
  const isAsking = useRef(false);
  const known = useRef(new Map<number, RowScore>());

  const ask = async () => {
    if (isAsking.current) return;
    isAsking.current = true;
    try {
      for (let changed = changedRows(); changed.length > 0; changed = changedRows()) {
        const answered = await scoreRows(
          modelId,
          changed.map(({ cells }) => cells),
          { explain: isExplainable(columns.length) },
        );
        changed.forEach(({ id, cells }, place) => {
          const problems = answered.problems.filter(({ row }) => row === place);
          known.current.set(id, { cells, score: answered.scores[place], problems });
        });
        setState({
          scores: new Map(known.current),
          calibrationRows: answered.calibrationRows,
          error: undefined,
        });
      }
    } catch (thrown) {
      setState((before) => ({ ...before, error: toApiError(thrown) }));
    } finally {
      isAsking.current = false;
    }
  };
  const changedRows = () => latest.current.filter(({ id, cells }) => known.current.get(id)?.cells !== cells);

  useEffect(() => {
    const timer = setTimeout(ask, pauseMilliseconds);
    return () => clearTimeout(timer);
  }, [rows]);
  return { ...state, retry: () => void ask() };
}
