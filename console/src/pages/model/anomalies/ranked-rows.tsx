import type { ComponentChildren } from 'preact';
import { explainableRows, isExplainable, type RowProblem, type Score, scoreRows } from '../../../api/anomalies.ts';
import type { Model } from '../../../api/types.ts';
import { Contribution, ContributionLegend, scaleOf } from '../../../parts/contribution.tsx';
import { count, nats, number } from '../../../parts/format.ts';
import { Problem } from '../../../parts/notice.tsx';
import { Table } from '../../../parts/table.tsx';
import { Verdict } from '../../../parts/verdict.tsx';
import { useAnswer } from '../../../state/use-answer.ts';
import { useQuery } from '../../../state/use-query.ts';
import type { Cell } from '../../../tables/cells.ts';
import { pValueText } from '../rows/p-value.ts';
import type { ScoredTable } from './use-scoring.ts';

interface RankedRowsProps {
  readonly model: Model;
  readonly table: ScoredTable;
  readonly cutoff: number;
}

interface RankedRow extends Score {
  /** From 0, in the table. */
  readonly index: number;
  readonly cells: readonly Cell[];
  readonly problems: readonly RowProblem[];
}

const pageRows = 25;
/** More would make a table that nobody reads. */
const mostColumns = 40;

/** The rows of a page of the ranking. Only these are explained: that costs much more than their scores. */
export function RankedRows({ model, table, cutoff }: RankedRowsProps) {
  const { order } = table;
  const [query, change] = useQuery();
  const size = Math.min(pageRows, explainableRows(model.columns.length));
  const pages = Math.max(1, Math.ceil(order.length / size));
  const page = Math.min(pages, Math.max(1, Math.trunc(Number(query['page'] ?? 1)) || 1));
  const first = (page - 1) * size;
  const rows = Array.from(order.subarray(first, first + size), (index) => rowOf(table, index));
  const isExplained = isExplainable(model.columns.length);
  const explained = useAnswer(async () => {
    if (!isExplained) return [];
    const { scores } = await scoreRows(
      model.id,
      rows.map(({ cells }) => cells),
      { explain: true },
    );
    return scores.map(({ contributions }) => contributions);
  }, [model.id, table, page]);
  const contributions = explained.body ?? [];
  const all = [...model.columns, ...model.context];
  const shown = mostTelling(all, contributions);
  return (
    <>
      {explained.error && <Problem title="The rows could not be explained" error={explained.error} />}
      {isExplained ? (
        <ContributionLegend />
      ) : (
        <p class="muted small-print">With so many columns it takes seconds to explain a row: ask the API for it.</p>
      )}
      <div class="ranked-rows">
        <Table
          caption={`Rows ${first + 1} to ${first + rows.length} of ${order.length}, the most unusual first`}
          rows={rows}
          keyOf={({ index }) => index}
          columns={[
            { name: 'Row', isAtEnd: true, cell: ({ index }) => count(index + 1) },
            { name: 'Verdict', cell: (row) => <Verdict score={row} cutoff={cutoff} /> },
            { name: 'p', isAtEnd: true, cell: ({ pValue }) => pValueText(pValue) },
            {
              name: 'log p',
              isAtEnd: true,
              cell: ({ logProb, pValue }) => (logProb === null && pValue !== null ? '−∞' : nats(logProb)),
            },
            ...shown.map((name) => ({
              name,
              id: `column ${name}`,
              cell: (row: RankedRow, rank: number) => (
                <RankedCell
                  value={row.cells[all.indexOf(name)]}
                  problem={row.problems.find(({ column }) => column === name)}
                >
                  {model.columns.includes(name) && (
                    <Contribution nats={contributions[rank]?.[name]} scale={scaleOf(contributions[rank])} />
                  )}
                </RankedCell>
              ),
            })),
          ]}
        />
      </div>
      {shown.length < all.length && (
        <p class="muted small-print">
          {isExplained ? `The ${shown.length} columns that contribute most to these rows` : `The first ${shown.length}`}{' '}
          of {count(all.length)}; a download has them all.
        </p>
      )}
      {pages > 1 && (
        <nav class="pager ranking-pager" aria-label="Pages of the ranking">
          <span class="muted">
            Page {count(page)} of {count(pages)}
          </span>
          <button
            type="button"
            class="button small"
            disabled={page === 1}
            onClick={() => change({ page: page === 2 ? undefined : String(page - 1) })}
          >
            More unusual
          </button>
          <button
            type="button"
            class="button small"
            disabled={page === pages}
            onClick={() => change({ page: String(page + 1) })}
          >
            Less unusual
          </button>
        </nav>
      )}
    </>
  );
}

/** Of many columns those that contribute most to some rows, in their order. */
function mostTelling(
  columns: readonly string[],
  contributions: readonly (Readonly<Record<string, number>> | null | undefined)[],
): readonly string[] {
  if (columns.length <= mostColumns) return columns;
  const size = (name: string) => contributions.reduce((sum, row) => sum + Math.abs(row?.[name] ?? 0), 0);
  const sizes = new Map(columns.map((name) => [name, size(name)]));
  const telling = columns.toSorted((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0)).slice(0, mostColumns);
  return columns.filter((name) => telling.includes(name));
}

function rowOf({ rows, pValues, logProbs, problems }: ScoredTable, index: number): RankedRow {
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    index,
    cells: rows[index],
    pValue: finite(pValues[index]),
    logProb: finite(logProbs[index]),
    problems: problems.get(index) ?? [],
  };
}

interface RankedCellProps {
  readonly value: Cell | undefined;
  readonly problem: RowProblem | undefined;
  readonly children: ComponentChildren;
}

/** A cell, and below it what it contributes, or what is wrong with it. */
function RankedCell({ value, problem, children }: RankedCellProps) {
  const shown = typeof value === 'number' ? number(value) : (value ?? <span class="missing">missing</span>);
  return (
    <span class={`ranked-cell ${problem ? 'is-bad' : ''}`}>
      <span>{typeof shown === 'boolean' ? String(shown) : shown}</span>
      {problem ? <span class="cell-problem">{problem.message}</span> : children}
    </span>
  );
}
