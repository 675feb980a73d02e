import { useCallback, useEffect, useState } from 'preact/hooks';
import { key } from '../api/key.ts';
import { type ApiError, toApiError } from '../api/problem.ts';

/** What was asked for: nothing yet, an answer, an error, or an answer that could not be renewed. */
export interface Answer<Body> {
  readonly body: Body | undefined;
  readonly error: ApiError | undefined;
  /** Asks again; what there is stays until the new answer is there. */
  reload(): void;
}

interface Options<Body> {
  /** After how many milliseconds to ask again, by what was answered; undefined: not. */
  refreshAfter?(body: Body): number | undefined;
}

/** Asks the service, and asks again when the inputs or the key change. */
export function useAnswer<Body>(
  ask: () => Promise<Body>,
  inputs: readonly unknown[],
  { refreshAfter = () => undefined }: Options<Body> = {},
): Answer<Body> {
  const [state, setState] = useState<Pick<Answer<Body>, 'body' | 'error'>>({ body: undefined, error: undefined });
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    setState({ body: undefined, error: undefined });
  }, [...inputs, key.value]);
  useEffect(() => {
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    ask().then(
      (body) => {
        if (!isCurrent) return;
        setState({ body, error: undefined });
        const milliseconds = refreshAfter(body);
        if (milliseconds !== undefined) timer = setTimeout(reload, milliseconds);
      },
      (thrown) => isCurrent && setState(({ body }) => ({ body, error: toApiError(thrown) })),
    );
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [...inputs, key.value, round]);
  return { ...state, reload };
}
