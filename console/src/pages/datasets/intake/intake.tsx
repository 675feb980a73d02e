import { useEffect, useState } from 'preact/hooks';
import type { Dataset } from '../../../api/types.ts';
import { upload } from '../../../api/upload.ts';
import { bytes, percent } from '../../../parts/format.ts';
import { useAction } from '../../../state/use-action.ts';
import { optionsOf } from './choices.ts';
import { Refused } from './refused.tsx';
import { Review } from './review.tsx';
import { asTable } from './sample.ts';
import { useInspection } from './use-inspection.ts';

interface IntakeProps {
  readonly file: File;
  /** How many files come after it. */
  readonly waiting: number;
  readonly onRefused: (isRefused: boolean) => void;
  readonly onStored: (dataset: Dataset) => void;
  readonly onCancel: () => void;
}

/** The way of one file: it is looked at, shown as it would be, and stored as its user says. */
export function Intake({ file, waiting, onRefused, onStored, onCancel }: IntakeProps) {
  const inspection = useInspection(file);
  const { inferred, shown, error: unreadable, choices, csv, isTooLarge } = inspection;
  const [sent, setSent] = useState<number>();
  const [given, setGiven] = useState<string>();
  const { run: store, error: unstored } = useAction(async (name: string) => {
    setSent(0);
    setGiven(name);
    try {
      const columns = inferred ? optionsOf(inferred.columns, choices) : [];
      onStored(await upload({ file: asTable(file), name, columns, csv, onProgress: setSent }));
    } finally {
      setSent(undefined);
    }
  });
  const name = given ?? inferred?.name ?? nameOf(file);
  useEffect(() => {
    if (isTooLarge) void store(name);
  }, [isTooLarge]);
  const refusal = shown ? undefined : (unreadable ?? unstored);
  useEffect(() => onRefused(refusal !== undefined), [refusal]);
  if (sent !== undefined) return <Sending file={file} sent={sent} />;
  if (shown && inferred)
    return (
      <Review
        {...{ file, waiting, name, inspection: { ...inspection, shown, inferred }, unstored, onCancel }}
        onStore={store}
      />
    );
  if (refusal)
    return (
      <Refused
        {...{ file, inspection, onCancel }}
        error={refusal}
        onRetry={isTooLarge ? () => store(name) : undefined}
      />
    );
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" /> Looking at {file.name}
    </p>
  );
}

function Sending({ file, sent }: { file: File; sent: number }) {
  const isSent = sent >= 1;
  return (
    <div class="card progress-card">
      <p>{isSent ? `Reading ${file.name}` : `Sending ${file.name}: ${percent(sent)} of ${bytes(file.size)}`}</p>
      <progress aria-label={`Upload of ${file.name}`} {...(!isSent && { value: sent })} />
    </div>
  );
}

/** The file's name without what says its format. */
function nameOf({ name }: File): string {
  return name.replace(/(\.(csv|tsv|txt|json|ndjson|jsonl|parquet|gz))+$/i, '').slice(0, 200) || name;
}
