import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';

const formats = '.csv,.tsv,.txt,.json,.ndjson,.jsonl,.parquet,.gz';

interface DropZoneProps {
  readonly input: RefObject<HTMLInputElement | null>;
  readonly onFiles: (files: readonly File[]) => void;
}

/** Where files are dropped, or chosen from a list. */
export function DropZone({ input, onFiles }: DropZoneProps) {
  const [isOver, setOver] = useState(false);
  const give = (files: FileList | null | undefined) => {
    if (files && files.length > 0) onFiles([...files]);
  };
  return (
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
        give(event.dataTransfer?.files);
      }}
    >
      <input
        ref={input}
        class="visually-hidden"
        type="file"
        multiple
        accept={formats}
        onChange={({ currentTarget }) => {
          give(currentTarget.files);
          // The same file may be chosen again, once it is another.
          currentTarget.value = '';
        }}
      />
      <span class="drop-title">
        Drop a table here, or <span class="drop-choose">choose a file</span>
      </span>
      <span class="muted">CSV, JSON, NDJSON or Parquet; gzip too; several come one after another</span>
    </label>
  );
}
