import { PushforwardError } from './error.ts';
import { pause } from './retry.ts';
import type { CallOptions } from './types.ts';

/** What is done in the background, and why it failed, where it did. */
interface Work {
  readonly status: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface WaitOptions<Progress> extends CallOptions {
  onProgress?(progress: Progress): void;
}

const pollMilliseconds = 1_000;

/** Asks again and again until it is ready; `called` names it in the PushforwardError where it failed, or was cancelled. */
export async function whenReady<Progress, Asked extends Work & { readonly progress: Progress }>(
  called: string,
  ask: () => Promise<Asked>,
  { onProgress, signal }: WaitOptions<Progress>,
): Promise<Asked> {
  for (;;) {
    const work = await ask();
    onProgress?.(work.progress);
    if (work.status === 'ready') return work;
    if (work.status === 'failed' || work.status === 'cancelled') throw unsuccessful(called, work);
    await pause(pollMilliseconds, signal);
  }
}

/** The error of what has failed, or was cancelled. */
export function unsuccessful(called: string, { status, error }: Work): PushforwardError {
  const { code, message } = error ?? { code: status, message: `${called} was ${status}.` };
  return new PushforwardError(message, { code });
}
