import { useEffect, useState } from 'preact/hooks';
import { answer, api } from '../../api/client.ts';
import { key } from '../../api/key.ts';
import { type ApiError, toApiError } from '../../api/problem.ts';
import type { Fault, NewModel, ResolvedModel } from '../../api/types.ts';
import { useSettled } from '../../state/use-settled.ts';

const typingMilliseconds = 350;

/** What a request would come to. */
export interface Resolution {
  /** Of the latest request that was understood. */
  readonly resolved: ResolvedModel | undefined;
  /** What is wrong with it. */
  readonly faults: readonly Fault[];
  readonly error: ApiError | undefined;
  /** Whether it is of an earlier request than the present one. */
  readonly isStale: boolean;
}

/** Asks what a request would come to, once nothing has changed for a moment. Undefined: there is nothing to ask. */
export function useResolution(request: NewModel | undefined): Resolution {
  const asked = request && JSON.stringify(request);
  const settled = useSettled(asked, typingMilliseconds);
  const [state, setState] = useState<Resolution & { readonly of?: string }>({
    ...{ resolved: undefined, faults: [], error: undefined, isStale: true },
  });
  useEffect(() => {
    if (settled === undefined) return;
    let isCurrent = true;
    const body: NewModel = JSON.parse(settled);
    answer(api.POST('/v1/models/resolve', { body })).then(
      (resolved) =>
        isCurrent && setState({ of: settled, resolved, faults: resolved.problems, error: undefined, isStale: false }),
      (thrown) => {
        const error = toApiError(thrown);
        if (isCurrent) setState({ of: settled, resolved: undefined, faults: error.errors, error, isStale: false });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [settled, key.value]);
  return { ...state, isStale: asked !== state.of };
}
