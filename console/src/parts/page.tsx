import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface PageProps {
  readonly title: string;
  /** A sentence or a row of facts under the title. */
  readonly lead?: ComponentChildren;
  /** Where the page belongs. */
  readonly parent?: { readonly href: string; readonly name: string };
  /** What can be done with the whole of it. */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A page under its title, which is that of the window, too. */
export function Page({ title, lead, parent, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Pushforward`;
  }, [title]);
  return (
    <>
      <div class="page-head">
        <div>
          {parent && (
            <a class="page-parent" href={parent.href}>
              ← {parent.name}
            </a>
          )}
          <h1>{title}</h1>
          {lead && <div class="page-lead">{lead}</div>}
        </div>
        {actions && <div class="page-actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

interface SectionProps {
  readonly title: string;
  readonly lead?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A part of a page that belongs together. */
export function Section({ title, lead, actions, children }: SectionProps) {
  return (
    <section class="card section">
      <div class="section-head">
        <h2>{title}</h2>
        {actions}
      </div>
      {lead && <p class="muted section-lead">{lead}</p>}
      {children}
    </section>
  );
}

/** What stands where there is nothing yet. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}
