import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface DropZoneProps {
  /** The endings of files that are taken, as in ".csv,.json". */
  readonly accept: string;
  readonly title: string;
  readonly children: ComponentChildren;
  readonly onFile: (file: File) => void;
}

/** Takes a file that is dropped or chosen. */
export function DropZone({ accept, title, children, onFile }: DropZoneProps) {
  const [isOver, setOver] = useState(false);
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (file) onFile(file);
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
        take(event.dataTransfer?.files);
      }}
    >
      <input
        class="visually-hidden"
        type="file"
        accept={accept}
        onChange={({ currentTarget }) => {
          take(currentTarget.files);
          // So that the same file can be chosen again, changed.
          currentTarget.value = '';
        }}
      />
      <span class="drop-title">
        {title}, or <span class="drop-choose">choose a file</span>
      </span>
      <span class="muted">{children}</span>
    </label>
  );
}
