import { useRef, useState } from 'preact/hooks';
import type { Dataset } from '../../api/types.ts';
import { upload } from '../../api/upload.ts';
import { KindBadge } from '../../parts/badges.tsx';
import { bytes, percent, plural } from '../../parts/format.ts';
import { Notice, Problem } from '../../parts/notice.tsx';
import { useAction } from '../../state/use-action.ts';

const formats = '.csv,.tsv,.json,.ndjson,.jsonl,.parquet,.gz';

/** Takes a file that is dropped or chosen, shows how far it is, and what each column was taken for. */
export function UploadForm({ onStored }: { onStored: () => void }) {
  const [isOver, setOver] = useState(false);
  const [sending, setSending] = useState<{ file: File; sent: number }>();
  const [stored, setStored] = useState<Dataset>();
  const input = useRef<HTMLInputElement>(null);
  const { run, isBusy, error } = useAction(async (file: File) => {
    setStored(undefined);
    setSending({ file, sent: 0 });
    try {
      const onProgress = (sent: number) => setSending({ file, sent });
      setStored(await upload({ file, name: nameOf(file), onProgress }));
      onStored();
    } finally {
      setSending(undefined);
      if (input.current) input.current.value = '';
    }
  });
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (file && !isBusy) void run(file);
  };
  return (
    <div class="stack">
      <label
        class={`drop-zone ${isOver ? 'is-over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer?.files);
        }}
      >
        <input
          ref={input}
          class="visually-hidden"
          type="file"
          accept={formats}
          disabled={isBusy}
          onChange={({ currentTarget }) => take(currentTarget.files)}
        />
        <span class="drop-title">
          Drop a table here, or <span class="drop-choose">choose a file</span>
        </span>
        <span class="muted">CSV, JSON, NDJSON or Parquet; gzip too</span>
      </label>
      {sending && <Sending {...sending} />}
      {error && <Problem title="The table was not stored" error={error} />}
      {stored && <Stored dataset={stored} />}
    </div>
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

function Stored({ dataset: { id, name, rowCount, columns, warnings } }: { dataset: Dataset }) {
  return (
    <Notice kind="good" title={`${name} is stored: ${plural(rowCount, 'row')}, ${plural(columns.length, 'column')}`}>
      <ul class="kinds">
        {columns.slice(0, 24).map((column) => (
          <li key={column.name}>
            {column.name} <KindBadge column={column} />
          </li>
        ))}
        {columns.length > 24 && <li class="muted">and {columns.length - 24} more</li>}
      </ul>
      {warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
      <p class="button-row">
        <a class="button small" href={`/datasets/${id}`}>
          See its profile
        </a>
        <a class="button small primary" href={`/models/new?dataset=${id}`}>
          New model of it
        </a>
      </p>
    </Notice>
  );
}

/** The file's name without what says its format. */
function nameOf({ name }: File): string {
  return name.replace(/(\.(csv|tsv|json|ndjson|jsonl|parquet|gz))+$/i, '').slice(0, 200) || name;
}
