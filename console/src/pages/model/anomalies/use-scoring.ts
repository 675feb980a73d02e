import { useEffect, useState } from 'preact/hooks';
import { type RowProblem, type Scored, scoreRows } from '../../../api/anomalies.ts';
import { type ApiError, toApiError } from '../../../api/problem.ts';
import type { Model } from '../../../api/types.ts';
import type { Cell } from '../../../tables/cells.ts';
import { readTable, type TableSource, tableError } from '../rows/table-source.ts';
import { ranked, type Scores } from './alarms.ts';

/** A table with the scores of its rows. */
export interface ScoredTable extends Scores {
  readonly rows: readonly (readonly Cell[])[];
  /** Its rows, the most unusual first. */
  readonly order: Uint32Array;
  /** What is wrong with rows, by their index. */
  readonly problems: ReadonlyMap<number, readonly RowProblem[]>;
  readonly calibrationRows: number;
  readonly groups: Scored['groups'];
}

interface ScoringState {
  /** Once all rows are scored. */
  readonly table: ScoredTable | undefined;
  /** How many rows are scored so far; undefined when none are being scored. */
  readonly scoredRows: number | undefined;
  readonly error: ApiError | undefined;
}

const nothing: ScoringState = { table: undefined, scoredRows: undefined, error: undefined };

/**
 * Scores the rows of a table, a block at a time: their p-values do not depend on each other, a block is read in a few milliseconds,
 * and it is seen how far it is. Another table ends it.
 */
export function useScoring({ id, columns, context }: Model, source: TableSource | undefined): ScoringState {
  const [state, setState] = useState(nothing);
  useEffect(() => {
    setState(nothing);
    if (!source) return;
    const ending = new AbortController();
    const { signal } = ending;
    const growing = new GrowingTable();
    const score = async () => {
      setState({ ...nothing, scoredRows: 0 });
      await readTable(source, [...columns, ...context], async (rows) => {
        growing.add(rows, await scoreRows(id, rows, { explain: false, signal }));
        signal.throwIfAborted();
        setState({ ...nothing, scoredRows: growing.rowCount });
      });
      signal.throwIfAborted();
      setState({ ...nothing, table: growing.table() });
    };
    score().catch((thrown) => {
      if (!signal.aborted) setState({ ...nothing, error: toApiError(tableError(thrown)) });
    });
    return () => ending.abort();
  }, [id, source]);
  return state;
}

class GrowingTable {
  readonly #rows: Cell[][] = [];
  readonly #pValues: number[] = [];
  readonly #logProbs: number[] = [];
  readonly #problems = new Map<number, RowProblem[]>();
  #last: Scored | undefined;

  get rowCount(): number {
    return this.#rows.length;
  }

  add(rows: readonly Cell[][], scored: Scored): void {
    const first = this.rowCount;
    for (const problem of scored.problems) {
      const row = first + problem.row;
      this.#problems.set(row, [...(this.#problems.get(row) ?? []), problem]);
    }
    for (const [place, { logProb, pValue }] of scored.scores.entries()) {
      this.#rows.push(rows[place]);
      this.#pValues.push(pValue ?? Number.NaN);
      this.#logProbs.push(logProb ?? (pValue === null ? Number.NaN : -Infinity));
    }
    this.#last = scored;
  }

  /** Undefined where there are no rows. */
  table(): ScoredTable | undefined {
    if (!this.#last) return undefined;
    const { calibrationRows, groups } = this.#last;
    const scores = { pValues: Float64Array.from(this.#pValues), logProbs: Float64Array.from(this.#logProbs) };
    return {
      ...scores,
      rows: this.#rows,
      order: ranked(scores),
      problems: this.#problems,
      calibrationRows,
      groups,
    };
  }
}
