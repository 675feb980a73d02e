import { useRef, useState } from 'preact/hooks';
import type { Dataset } from '../../api/types.ts';
import { DropZone } from '../../parts/drop-zone.tsx';
import { Intake } from './intake/intake.tsx';
import { Stored } from './stored.tsx';

const formats = '.csv,.tsv,.txt,.json,.ndjson,.jsonl,.parquet,.gz';

/** Takes files that are dropped or chosen, one after another, each looked at before it is stored. */
export function UploadForm({ onStored }: { onStored: () => void }) {
  const [files, setFiles] = useState<readonly { id: number; file: File }[]>([]);
  const [stored, setStored] = useState<readonly Dataset[]>([]);
  /** Whether the first of them could not be read: others take its place. */
  const isRefused = useRef(false);
  const input = useRef<HTMLInputElement>(null);
  const count = useRef(0);
  const [current, ...waiting] = files;
  const take = (file: File) => {
    const replaced = isRefused.current ? 1 : 0;
    isRefused.current = false;
    if (files.length === replaced) setStored([]);
    const given = { id: count.current++, file };
    setFiles((before) => [...before.slice(replaced), given]);
  };
  const next = () => {
    isRefused.current = false;
    setFiles((before) => before.slice(1));
  };
  return (
    <div class="stack">
      <DropZone accept={formats} title="Drop a table here" isMultiple input={input} onFile={take}>
        CSV, JSON, NDJSON or Parquet; gzip too; several come one after another
      </DropZone>
      {current && (
        <Intake
          key={current.id}
          file={current.file}
          waiting={waiting.length}
          onRefused={(isIt) => {
            isRefused.current = isIt;
          }}
          onStored={(dataset) => {
            setStored((before) => [dataset, ...before]);
            next();
            onStored();
          }}
          onCancel={() => {
            next();
            if (waiting.length === 0) input.current?.focus();
          }}
        />
      )}
      {stored.map((dataset, index) => (
        <Stored key={dataset.id} dataset={dataset} takesFocus={index === 0 && !current} />
      ))}
    </div>
  );
}
