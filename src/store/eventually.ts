import { setTimeout as sleep } from 'node:timers/promises';
import { isUnavailable } from './unavailable.ts';

const pauseMilliseconds = 500;

/** Does it again, for as long as the database cannot be reached and until it is `pointless`; throws what else goes wrong. */
export async function eventually<Result>(work: () => Promise<Result>, pointless: () => boolean): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error) || pointless()) throw error;
    }
    await sleep(pauseMilliseconds);
  }
}
