import { PushforwardError } from './error.ts';
import { pause } from './retry.ts';
import type { CallOptions } from './types.ts';

/** What is done in the background, as far as it is. */
interface Work<Progress> {
  readonly status: string;
  readonly progress: Progress;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface WaitOptions<Progress> extends CallOptions {
  onProgress?(progress: Progress): void;
}

const pollMilliseconds = 1_000;

/** Asks again and again until it is ready; `called` names it in the PushforwardError where it failed, or was cancelled. */
export async function whenReady<Progress, Asked extends Work<Progress>>(
  called: string,
  ask: () => Promise<Asked>,
  { onProgress, signal }: WaitOptions<Progress>,
): Promise<Asked> {
  for (;;) {
    const work = await ask();
    onProgress?.(work.progress);
    if (work.status === 'ready') return work;
    if (work.status === 'failed' || work.status === 'cancelled') {
      const { code, message } = work.error ?? { code: work.status, message: `${called} was ${work.status}.` };
      throw new PushforwardError(message, { code });
    }
    await pause(pollMilliseconds, signal);
  }
}
