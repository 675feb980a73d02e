import type { ApiError } from '../../../api/problem.ts';
import { Problem } from '../../../parts/notice.tsx';
import { CsvReading } from './csv-reading.tsx';
import type { FileInspection } from './use-inspection.ts';

interface RefusedProps {
  readonly file: File;
  readonly error: ApiError;
  readonly inspection: FileInspection;
  readonly onRetry: (() => void) | undefined;
  readonly onCancel: () => void;
}

/** A file that the service does not take, and what can be done about it. */
export function Refused({ file, error, inspection, onRetry, onCancel }: RefusedProps) {
  const isCsv = /\.(csv|tsv|txt)(\.gz)?$/i.test(file.name) && error.status >= 400 && error.status < 500;
  return (
    <div class="stack">
      <Problem
        title={onRetry ? `${file.name} was not stored` : `${file.name} cannot be read as it is`}
        error={error}
        {...(onRetry && { onRetry })}
      />
      <div class="intake-refused">
        {isCsv && <CsvReading read={inspection.csv} onChange={inspection.readAs} />}
        <button type="button" class="button small" onClick={onCancel}>
          Leave it out
        </button>
      </div>
    </div>
  );
}
