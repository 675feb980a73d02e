import { useEffect, useState } from 'preact/hooks';
import { followModel, type Progress } from '../../api/events.ts';
import { key } from '../../api/key.ts';
import { type ApiError, toApiError } from '../../api/problem.ts';
import type { ModelStatus } from '../../api/types.ts';

interface TrainingState {
  readonly progress: readonly Progress[];
  readonly status: ModelStatus | undefined;
  readonly error: ApiError | undefined;
}

const nothing: TrainingState = { progress: [], status: undefined, error: undefined };

/** What happens to a model, from its first event on. Events that come together are shown together. */
export function useTraining(id: string): TrainingState {
  const [state, setState] = useState(nothing);
  useEffect(() => {
    const ending = new AbortController();
    let progress: Progress[] = [];
    let status: ModelStatus | undefined;
    let frame: number | undefined;
    const show = () => {
      frame ??= requestAnimationFrame(() => {
        frame = undefined;
        setState({ progress, status, error: undefined });
      });
    };
    const follow = async () => {
      for await (const event of followModel(id, ending.signal)) {
        if (event.type === 'progress') progress = continued(progress, event.data);
        else status = event.data.status;
        show();
      }
    };
    setState(nothing);
    follow().catch((error) => setState({ progress, status, error: toApiError(error) }));
    return () => {
      ending.abort();
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }, [id, key.value]);
  return state;
}

/** An attempt that starts anew, or from a checkpoint, goes through steps again that the one before it has done. */
function continued(progress: readonly Progress[], latest: Progress): Progress[] {
  return [...progress.filter(({ step }) => step < latest.step), latest];
}
