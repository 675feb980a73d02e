import type { ComponentChildren } from 'preact';
import type { Answer } from '../state/use-answer.ts';
import { Problem } from './notice.tsx';

interface AnsweredProps<Body> {
  readonly of: Answer<Body>;
  /** What is asked for, as in "The datasets". */
  readonly what: string;
  readonly children: (body: Body) => ComponentChildren;
}

/** What depends on an answer: until it is there that it is loading, and its error where there is one. */
export function Answered<Body>({ of: { body, error, reload }, what, children }: AnsweredProps<Body>) {
  return (
    <>
      {error && <Problem title={`${what} could not be read`} error={error} onRetry={reload} />}
      {body !== undefined && children(body)}
      {body === undefined && !error && (
        <p class="loading" role="status">
          <span class="spinner" aria-hidden="true" /> Loading
        </p>
      )}
    </>
  );
}
