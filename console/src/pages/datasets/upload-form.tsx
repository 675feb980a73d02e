import { useRef, useState } from 'preact/hooks';
import type { Dataset } from '../../api/types.ts';
import { DropZone } from './drop-zone.tsx';
import { Intake } from './intake/intake.tsx';
import { Stored } from './stored.tsx';

/** Takes files that are dropped or chosen, one after another, each looked at before it is stored. */
export function UploadForm({ onStored }: { onStored: () => void }) {
  const [files, setFiles] = useState<readonly { id: number; file: File }[]>([]);
  const [stored, setStored] = useState<readonly Dataset[]>([]);
  /** Whether the first of them could not be read: others take its place. */
  const isRefused = useRef(false);
  const input = useRef<HTMLInputElement>(null);
  const count = useRef(0);
  const [current, ...waiting] = files;
  const take = (given: readonly File[]) => {
    const kept = isRefused.current ? waiting : files;
    if (kept.length === 0) setStored([]);
    setFiles([...kept, ...given.map((file) => ({ id: count.current++, file }))]);
    isRefused.current = false;
  };
  const next = () => {
    isRefused.current = false;
    setFiles((before) => before.slice(1));
  };
  return (
    <div class="stack">
      <DropZone input={input} onFiles={take} />
      {current && (
        <Intake
          key={current.id}
          file={current.file}
          waiting={waiting.length}
          onRefused={() => {
            isRefused.current = true;
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
