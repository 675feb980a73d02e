import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { useAction } from '../state/use-action.ts';
import { Problem } from './notice.tsx';

interface ConfirmProps {
  /** What the button says, as in "Delete". */
  readonly action: string;
  /** What exactly, for those who do not see what the button stands beside. */
  readonly label: string;
  readonly title: string;
  readonly children: ComponentChildren;
  readonly onConfirm: () => Promise<void>;
}

/** A button for what cannot be undone: it asks first, and tells what went wrong. */
export function Confirm({ action, label, title, children, onConfirm }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { run, isBusy, error } = useAction(async () => {
    await onConfirm();
    dialog.current?.close();
  });
  return (
    <>
      <button type="button" class="button quiet danger" aria-label={label} onClick={() => dialog.current?.showModal()}>
        {action}
      </button>
      <dialog ref={dialog} class="dialog" aria-label={title}>
        <h2>{title}</h2>
        <div class="muted">{children}</div>
        {error && <Problem title="It could not be done" error={error} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Keep
          </button>
          <button type="button" class="button danger-solid" disabled={isBusy} onClick={() => run()}>
            {action}
          </button>
        </div>
      </dialog>
    </>
  );
}
