/** How often, and after what time, something is tried again. */
export interface RetryPolicy {
  /** How often at most, after the first time. */
  readonly retries: number;
  /** Before the first retry, in milliseconds; it doubles with each. */
  readonly firstDelay: number;
  readonly longestDelay: number;
}

export const defaultPolicy: RetryPolicy = { retries: 4, firstDelay: 250, longestDelay: 8_000 };

/** A longer `Retry-After` than this is left to the caller. */
const longestRetryAfter = 60_000;

/** Waits; rejects with the signal's reason when that aborts. */
export function pause(milliseconds: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** The time before the retry of this number, from 0: half of it by chance, so that those who failed together do not come back together. */
export function delayBefore(retry: number, { firstDelay, longestDelay }: RetryPolicy): number {
  const most = Math.min(firstDelay * 2 ** retry, longestDelay);
  return most * (0.5 + 0.5 * Math.random());
}

/**
 * Sends until there is an answer that is not one of "later": 429, 503, or the 409 of a creation that is still being done; and again after
 * a failure of the network, for which fetch throws a TypeError. The last answer, or failure, is the caller's.
 */
export async function sendUntilAnswered(
  send: () => Promise<Response>,
  { policy, signal }: { policy: RetryPolicy; signal?: AbortSignal | null },
): Promise<Response> {
  for (let retry = 0; ; retry++) {
    const isLast = retry >= policy.retries;
    let delay = delayBefore(retry, policy);
    try {
      const response = await send();
      const later = retryAfter(response);
      if (isLast || later === undefined || later > longestRetryAfter) return response;
      delay = Math.max(delay, later);
      await response.body?.cancel();
    } catch (thrown) {
      if (isLast || signal?.aborted || !(thrown instanceof TypeError)) throw thrown;
    }
    await pause(delay, signal);
  }
}

/** In how many milliseconds the request may be sent again; undefined where the answer is not one of "later". */
function retryAfter({ status, headers }: Response): number | undefined {
  const said = headers.get('retry-after');
  const isLater = status === 429 || status === 503 || (status === 409 && said !== null);
  if (!isLater) return undefined;
  if (said === null) return 0;
  const seconds = Number(said);
  const milliseconds = Number.isFinite(seconds) ? 1000 * seconds : Date.parse(said) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(milliseconds, 0) : 0;
}
