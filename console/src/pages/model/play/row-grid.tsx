import { Contribution, ContributionLegend, scaleOf } from '../../../parts/contribution.tsx';
import { nats } from '../../../parts/format.ts';
import { Verdict } from '../../../parts/verdict.tsx';
import type { Cell } from '../../../tables/cells.ts';
import type { Field } from '../../../tables/fields.ts';
import { FieldInput } from '../rows/field-input.tsx';
import { pValueText } from '../rows/p-value.ts';
import type { EditedRow, RowScore } from './use-scores.ts';

interface RowGridProps {
  readonly fields: readonly Field[];
  readonly rows: readonly EditedRow[];
  readonly scores: ReadonlyMap<number, RowScore>;
  /** The largest p-value of an anomaly. */
  readonly cutoff: number;
  readonly onChange: (id: number, cells: readonly Cell[]) => void;
  readonly onDuplicate: (id: number) => void;
  readonly onRemove: (id: number) => void;
  /** Takes a text of several cells that is pasted into one. */
  readonly onPaste: (text: string) => void;
}

/** Rows to edit, each with its score, and under each cell what the column contributes to it. */
export function RowGrid({ fields, rows, scores, cutoff, onPaste, ...actions }: RowGridProps) {
  return (
    <>
      <ContributionLegend />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <section class="table-scroll" tabIndex={0} aria-label="Rows to edit">
        <table
          class="row-grid"
          onPaste={(event) => {
            const text = event.clipboardData?.getData('text/plain') ?? '';
            if (!/[\t\n]/.test(text.trim())) return;
            event.preventDefault();
            onPaste(text);
          }}
        >
          <caption class="visually-hidden">Rows to edit, and how unusual each is</caption>
          <thead>
            <tr>
              <th scope="col">Row</th>
              {fields.map(({ name, isContext }) => (
                <th key={name} scope="col">
                  {name}
                  {isContext && <span class="badge">given</span>}
                </th>
              ))}
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          {rows.map((row, index) => (
            <GridRow
              key={row.id}
              {...{ row, index, fields, cutoff }}
              known={scores.get(row.id)}
              isOnly={rows.length === 1}
              {...actions}
            />
          ))}
        </table>
      </section>
    </>
  );
}

interface GridRowProps extends Pick<RowGridProps, 'fields' | 'cutoff' | 'onChange' | 'onDuplicate' | 'onRemove'> {
  readonly row: EditedRow;
  readonly index: number;
  readonly known: RowScore | undefined;
  readonly isOnly: boolean;
}

function GridRow({ row, index, known, fields, cutoff, isOnly, ...actions }: GridRowProps) {
  const { onChange, onDuplicate, onRemove } = actions;
  const { id, cells } = row;
  const isCurrent = known?.cells === cells;
  const problems = isCurrent ? known.problems : [];
  const scale = scaleOf(known?.score.contributions);
  const problemId = `row-${id}-problems`;
  return (
    <tbody class={isCurrent ? undefined : 'is-stale'}>
      <tr>
        <th scope="row">
          <RowFigures number={index + 1} known={known} cutoff={cutoff} />
        </th>
        {fields.map((field, place) => {
          const isBad = problems.some(({ column }) => column === field.name);
          return (
            <td key={field.name}>
              <GridCell
                field={field}
                value={cells[place]}
                label={`${field.name}, row ${index + 1}`}
                isBad={isBad}
                describedBy={isBad ? problemId : undefined}
                contribution={known?.score.contributions?.[field.name]}
                scale={scale}
                onChange={(value) => onChange(id, cells.with(place, value))}
              />
            </td>
          );
        })}
        <td class="row-actions">
          <button
            type="button"
            class="button quiet"
            aria-label={`Copy row ${index + 1}`}
            onClick={() => onDuplicate(id)}
          >
            Copy
          </button>
          <button
            type="button"
            class="button quiet danger"
            aria-label={`Remove row ${index + 1}`}
            disabled={isOnly}
            onClick={() => onRemove(id)}
          >
            Remove
          </button>
        </td>
      </tr>
      {problems.length > 0 && (
        <tr class="row-problems">
          <td colSpan={fields.length + 2}>
            <ul id={problemId} role="status">
              {problems.map(({ column, message }) => (
                <li key={`${column}${message}`}>
                  {column !== undefined && <strong>{column}:</strong>} {message}
                </li>
              ))}
            </ul>
          </td>
        </tr>
      )}
    </tbody>
  );
}

interface RowFiguresProps {
  readonly number: number;
  readonly known: RowScore | undefined;
  readonly cutoff: number;
}

function RowFigures({ number, known, cutoff }: RowFiguresProps) {
  if (!known)
    return (
      <span class="row-figures">
        <span class="row-number">{number}</span>
      </span>
    );
  const { score } = known;
  return (
    <span class="row-figures">
      <span>
        <span class="row-number">{number}</span> <Verdict score={score} cutoff={cutoff} />
      </span>
      <span>
        p <b class="row-p">{pValueText(score.pValue)}</b>
      </span>
      <span>
        log p <b class="row-log-prob">{score.pValue !== null && score.logProb === null ? '−∞' : nats(score.logProb)}</b>
      </span>
    </span>
  );
}

interface GridCellProps {
  readonly field: Field;
  readonly value: Cell;
  readonly label: string;
  readonly isBad: boolean;
  readonly describedBy: string | undefined;
  readonly contribution: number | undefined;
  readonly scale: number;
  readonly onChange: (value: Cell) => void;
}

function GridCell({ field, value, label, contribution, scale, ...input }: GridCellProps) {
  return (
    <span class="grid-cell">
      <FieldInput {...{ field, value, label }} {...input} />
      {field.range && (
        <input
          class={`cell-slider ${typeof value === 'number' ? '' : 'is-unset'}`}
          type="range"
          // The arrow keys do the same in the field above.
          tabIndex={-1}
          aria-label={`${label}, slider`}
          min={field.range.min}
          max={field.range.max}
          step={field.isInteger ? 1 : field.step / 10}
          value={typeof value === 'number' ? value : field.range.min}
          onInput={({ currentTarget }) => input.onChange(currentTarget.valueAsNumber)}
        />
      )}
      {!field.isContext && <Contribution nats={contribution} scale={scale} />}
    </span>
  );
}
