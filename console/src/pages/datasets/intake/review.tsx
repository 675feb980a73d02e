import { useEffect, useRef } from 'preact/hooks';
import type { ApiError } from '../../../api/problem.ts';
import type { Inspection } from '../../../api/types.ts';
import { bytes, count, plural } from '../../../parts/format.ts';
import { Problem, Warnings } from '../../../parts/notice.tsx';
import { Section } from '../../../parts/page.tsx';
import { RowsTable } from '../../../parts/rows-table.tsx';
import { ColumnKinds } from './column-kinds.tsx';
import { CsvReading } from './csv-reading.tsx';
import type { FileInspection } from './use-inspection.ts';

interface ReviewProps {
  readonly file: File;
  readonly waiting: number;
  readonly name: string;
  readonly inspection: FileInspection & { readonly inferred: Inspection; readonly shown: Inspection };
  /** Why it was not stored, where that was tried. */
  readonly unstored: ApiError | undefined;
  readonly onStore: (name: string) => void;
  readonly onCancel: () => void;
}

/** A table as it would be stored: who agrees presses Enter, for the focus is on what stores it. */
export function Review({ file, waiting, name, inspection, unstored, onStore, onCancel }: ReviewProps) {
  const { shown, inferred, error, isBusy, choices, choose, readAs } = inspection;
  const store = useRef<HTMLButtonElement>(null);
  useEffect(() => store.current?.focus(), []);
  return (
    <Section
      title={`${file.name}, as it would be stored`}
      lead={<Facts {...{ file, waiting, shown, isWhole: inspection.isWhole }} />}
    >
      <form
        class="intake"
        aria-busy={isBusy}
        onSubmit={(event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget).get('name');
          if (typeof given === 'string') onStore(given);
        }}
      >
        <div class="intake-head">
          <label class="field">
            <span class="field-name">Name</span>
            <input name="name" required maxLength={200} defaultValue={name} />
          </label>
          <div class="button-row">
            <button ref={store} type="submit" class="button primary">
              Store
            </button>
            <button type="button" class="button" onClick={onCancel}>
              Cancel
            </button>
          </div>
        </div>
        {unstored && <Problem title="The table was not stored" error={unstored} />}
        {error && <Problem title="It cannot be read so" error={error} />}
        <Warnings warnings={shown.warnings} />
        <h3>Columns</h3>
        <ColumnKinds columns={inferred.columns} {...{ choices, choose }} rowCount={inferred.rowCount} />
        <h3>First rows</h3>
        <RowsTable
          caption={`The first rows of ${file.name}`}
          columns={shown.columns.map((column) => column.name)}
          rows={shown.rows}
        />
        {shown.csv && <CsvReading read={shown.csv} onChange={readAs} />}
      </form>
    </Section>
  );
}

interface FactsProps {
  readonly file: File;
  readonly waiting: number;
  readonly shown: Inspection;
  readonly isWhole: boolean;
}

function Facts({ file, waiting, shown: { rowCount, columns }, isWhole }: FactsProps) {
  return (
    <>
      {isWhole
        ? `${plural(rowCount, 'row')} · ${plural(columns.length, 'column')} · ${bytes(file.size)}`
        : `${plural(columns.length, 'column')} · ${bytes(file.size)}, judged from the first ${count(rowCount)} rows; all of them are looked at when it is stored`}
      {waiting > 0 && ` · ${plural(waiting, 'more file waits', 'more files wait')}`}
    </>
  );
}
