import { useState } from 'preact/hooks';
import { type ApiError, toApiError } from '../api/problem.ts';

/** Something that is done when its user asks for it: whether it is being done, and why it failed. */
export function useAction<Arguments extends unknown[]>(act: (...given: Arguments) => Promise<void>) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const run = async (...given: Arguments) => {
    setBusy(true);
    setError(undefined);
    try {
      await act(...given);
    } catch (thrown) {
      setError(toApiError(thrown));
    } finally {
      setBusy(false);
    }
  };
  return { run, isBusy, error };
}
