import type { ComponentChildren } from 'preact';
import { type ApiError, adviceFor } from '../api/problem.ts';

interface NoticeProps {
  readonly kind?: 'info' | 'good' | 'warning' | 'bad';
  readonly title: string;
  readonly children?: ComponentChildren;
}

/** Something that its reader should know; screen readers say it at once. */
export function Notice({ kind = 'info', title, children }: NoticeProps) {
  return (
    <div class={`notice notice-${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      <p class="notice-title">{title}</p>
      {children}
    </div>
  );
}

interface ProblemProps {
  readonly title: string;
  readonly error: ApiError;
  readonly onRetry?: () => void;
}

/** An error in the service's own words, the places that it names, and what to do. */
export function Problem({ title, error, onRetry }: ProblemProps) {
  const advice = adviceFor(error);
  return (
    <Notice kind="bad" title={title}>
      <p>{error.message}</p>
      {error.errors.length > 1 && (
        <ul class="problem-places">
          {error.errors.map(({ path, message }) => (
            <li key={path}>
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {advice && <p class="muted">{advice}</p>}
      {onRetry && (
        <button type="button" class="button small" onClick={onRetry}>
          Try again
        </button>
      )}
    </Notice>
  );
}

/** What the service noticed about something. */
export function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <Notice kind="warning" title="What was noticed">
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </Notice>
  );
}
