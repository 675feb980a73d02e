import { useEffect, useRef, useState } from 'preact/hooks';
import { explainableRows } from '../../../api/anomalies.ts';
import { number } from '../../../parts/format.ts';
import { Notice, Problem } from '../../../parts/notice.tsx';
import { Section } from '../../../parts/page.tsx';
import { Select } from '../../../parts/select.tsx';
import { useQuery } from '../../../state/use-query.ts';
import type { Cell } from '../../../tables/cells.ts';
import { pastedRows } from '../../../tables/pasted.ts';
import type { Fields } from '../rows/use-fields.ts';
import type { ModelSectionProps } from '../sections.ts';
import { PasteBox } from './paste-box.tsx';
import { RowGrid } from './row-grid.tsx';
import { rowsShared, sharedRows } from './shared-rows.ts';
import { type EditedRow, useScores } from './use-scores.ts';

/** More are for the section that ranks them. */
const mostRows = 50;
const levels = ['0.1', '0.05', '0.01', '0.001'].map((value) => ({ value, name: value }));

/** Rows to play with: what the model says of each, as it is edited. */
export function RowEditor({ model, fields, rows: firstRows }: ModelSectionProps & Fields) {
  const [{ rows: address, alpha = '0.01' }, change] = useQuery();
  const { rows, edit } = useRows(() => rowsShared(address, fields.length) ?? firstRows);
  const { scores, calibrationRows, error, retry } = useScores(model, rows);
  const [pasteProblem, setPasteProblem] = useState<string>();
  const most = Math.min(mostRows, explainableRows(model.columns.length));
  const cutoff = Number(alpha);

  const isEdited = useRef(false);
  const share = useRef(change);
  share.current = change;
  useEffect(() => {
    if (!isEdited.current) return;
    // Browsers slow down a page that changes its address many times a second.
    const timer = setTimeout(() => share.current({ rows: sharedRows(rows.map(({ cells }) => cells)) }), 400);
    return () => clearTimeout(timer);
  }, [rows]);
  const editRows = (next: (before: readonly EditedRow[]) => readonly Draft[]) => {
    isEdited.current = true;
    edit(next);
  };
  const paste = (text: string) => {
    try {
      const pasted = pastedRows(text, fields);
      setPasteProblem(
        pasted.length > most
          ? `Of ${pasted.length} rows the first ${most} are taken. Anomalies ranks as many as you have.`
          : undefined,
      );
      editRows(() => pasted.slice(0, most).map((cells) => ({ cells })));
    } catch (problem) {
      setPasteProblem(problem instanceof Error ? problem.message : String(problem));
    }
  };
  return (
    <Section
      title="Rows"
      lead="Change a value, with the slider or the arrow keys, and see at once how likely the model takes the row to be."
      actions={
        <Select
          label="Anomaly if p ≤"
          value={alpha}
          options={levels.some(({ value }) => value === alpha) ? levels : [{ value: alpha, name: alpha }, ...levels]}
          onChange={(value) => change({ alpha: value === '0.01' ? undefined : value })}
        />
      }
    >
      {error && <Problem title="The rows could not be scored" error={error} onRetry={retry} />}
      <RowGrid
        {...{ fields, rows, scores, cutoff }}
        onChange={(id, cells) => editRows((all) => all.map((row) => (row.id === id ? { id, cells } : row)))}
        onDuplicate={(id) =>
          editRows((all) =>
            all.flatMap((row): Draft[] => (row.id === id ? [row, { cells: [...row.cells] }] : [row])).slice(0, most),
          )
        }
        onRemove={(id) => editRows((all) => all.filter((row) => row.id !== id))}
        onPaste={paste}
      />
      {calibrationRows !== undefined && cutoff < 1 / (calibrationRows + 1) && (
        <Notice kind="warning" title="At this level no row can be an anomaly, unless it is impossible">
          <p>
            The smallest p-value that {calibrationRows} calibration rows allow is {number(1 / (calibrationRows + 1))}.
          </p>
        </Notice>
      )}
      <div class="button-row">
        <button
          type="button"
          class="button small"
          disabled={rows.length >= most}
          onClick={() => editRows((all) => [...all, { cells: [...(all.at(-1)?.cells ?? [])] }])}
        >
          Add a row
        </button>
        <button
          type="button"
          class="button small"
          onClick={() => editRows(() => firstRows.map((cells) => ({ cells })))}
        >
          Start again
        </button>
      </div>
      <PasteBox names={fields.map(({ name }) => name)} onPaste={paste} problem={pasteProblem} />
      {calibrationRows !== undefined && (
        <p class="muted small-print">
          log p is the log-density in nats. p is the share of usual rows that are at most as likely, told by{' '}
          {calibrationRows} rows that the model was not trained on. The bars of a row sum up to how much less likely it
          is than what the model draws on average; they are estimates, and no causes.
        </p>
      )}
    </Section>
  );
}

/** A row that may have no id yet. */
interface Draft {
  readonly id?: number;
  readonly cells: readonly Cell[];
}

function useRows(first: () => readonly (readonly Cell[])[]) {
  const lastId = useRef(0);
  const named = (drafts: readonly Draft[]): EditedRow[] =>
    drafts.map(({ id, cells }) => ({ id: id ?? ++lastId.current, cells }));
  const [rows, setRows] = useState(() => named(first().map((cells) => ({ cells }))));
  return {
    rows,
    edit: (next: (before: readonly EditedRow[]) => readonly Draft[]) => setRows((before) => named(next(before))),
  };
}
