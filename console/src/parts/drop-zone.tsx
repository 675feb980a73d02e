import type { ComponentChildren, RefObject } from 'preact';
import { useState } from 'preact/hooks';

interface DropZoneProps {
  /** The endings of files that are taken, as in ".csv,.json". */
  readonly accept: string;
  readonly title: string;
  readonly children: ComponentChildren;
  readonly onFile: (file: File) => void;
  /** Whether `onFile` is called with each of several files; else with the first alone. */
  readonly isMultiple?: boolean;
  /** Where the files are chosen, for who gives it the focus. */
  readonly input?: RefObject<HTMLInputElement | null>;
}

/** Takes files that are dropped or chosen. */
export function DropZone({ accept, title, children, onFile, isMultiple = false, input }: DropZoneProps) {
  const [isOver, setOver] = useState(false);
  const take = (files: FileList | null | undefined) => {
    for (const file of [...(files ?? [])].slice(0, isMultiple ? undefined : 1)) onFile(file);
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
        ref={input}
        class="visually-hidden"
        type="file"
        multiple={isMultiple}
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
