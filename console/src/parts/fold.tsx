import type { ComponentChildren } from 'preact';

interface FoldProps {
  readonly title: string;
  /** What is in it, while it is closed as well. */
  readonly summary?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A part of a page that few need: closed until it is asked for. */
export function Fold({ title, summary, children }: FoldProps) {
  return (
    <details class="card fold">
      <summary>
        <span class="fold-title">{title}</span> {summary && <span class="muted">{summary}</span>}
      </summary>
      <div class="fold-content">{children}</div>
    </details>
  );
}
