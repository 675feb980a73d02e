import type { FastifyBaseLogger } from 'fastify';
import type { RateCounts } from '../../store/rate-counts.ts';
import { patiently } from '../observation/patience.ts';

/** What one process takes of a limit at a time; of a limit below 200 one by one, as the requests come. */
const leaseShare = 0.01;
/** How many keys and addresses are known at once; the least recently seen are asked about anew. */
const mostKnown = 10_000;
/** After the database has not answered it is not asked for so long. */
const aloneMilliseconds = 5_000;
const removalMilliseconds = 60_000;

/** What this process knows of a count. */
interface Known {
  /** By all processes, when the database was last asked. */
  used: number;
  /** Of that, what this process has taken and not given away yet. */
  left: number;
  /** When the count begins anew, on the clock of `performance.now`. */
  resetsAt: number;
  /** Requests that wait for more to be taken. */
  waiting: number;
  taking: Promise<void> | undefined;
}

interface Limit {
  readonly most: number;
  readonly milliseconds: number;
}

/** What it needs of a store. */
interface CountingStore {
  readonly rateCounts: Pick<RateCounts, keyof RateCounts>;
}

type Answer = (error: Error | null, result?: { current: number; ttl: number }) => void;

/**
 * The store of @fastify/rate-limit: counts that all processes share through the database. Each takes a hundredth of a limit at a time
 * and gives it away by itself, so that few requests ask the database. Never more are let through than the limit allows; fewer by at
 * most a hundredth for each other process. While the database does not answer each process counts for itself.
 */
export class SharedCounts {
  readonly #store: CountingStore;
  readonly #log: Pick<FastifyBaseLogger, 'warn'>;
  // A Map keeps the order of insertion: its first entry is the one seen least recently.
  readonly #known = new Map<string, Known>();
  #aloneUntil = Number.NEGATIVE_INFINITY;
  #removeFrom = performance.now() + removalMilliseconds;

  constructor(store: CountingStore, log: Pick<FastifyBaseLogger, 'warn'>) {
    this.#store = store;
    this.#log = log;
  }

  /** Counts a request. */
  incr(key: string, answer: Answer, milliseconds: number, most: number): void {
    answerWith(answer, this.#count(key, { milliseconds, most }));
  }

  /** How far a count is. */
  read(key: string, answer: Answer, milliseconds: number, most: number): void {
    answerWith(answer, this.#look(key, { milliseconds, most }));
  }

  /** Whoever has another limit has other keys. */
  child(): this {
    return this;
  }

  async #count(key: string, limit: Limit) {
    const known = this.#knownOf(key);
    known.waiting++;
    while (current(known).left === 0 && known.used < limit.most) {
      known.taking ??= this.#take(key, known, limit).finally(() => {
        known.taking = undefined;
      });
      await known.taking;
    }
    known.waiting--;
    if (known.left === 0) return resultOf(known, limit.most + 1);
    known.left--;
    return resultOf(known, known.used - known.left);
  }

  async #look(key: string, { most, milliseconds }: Limit) {
    const known = current(this.#knownOf(key));
    if (known.used >= most) return resultOf(known, most - known.left);
    const found = await this.#asked(() => this.#store.rateCounts.read(key));
    if (found) Object.assign(known, { used: found.used, resetsAt: performance.now() + found.resetsIn });
    else known.resetsAt = Math.max(known.resetsAt, performance.now() + milliseconds);
    return resultOf(known, known.used - known.left);
  }

  async #take(key: string, known: Known, { most, milliseconds }: Limit): Promise<void> {
    const wanted = Math.max(1, Math.floor(most * leaseShare), known.waiting);
    const found = await this.#asked(() => this.#store.rateCounts.add(key, wanted, milliseconds));
    // Alone, this process may give away all that there is.
    const { used, resetsIn } = found ?? { used: most, resetsIn: milliseconds };
    known.left = found ? Math.max(0, wanted - Math.max(0, used - most)) : most;
    known.used = Math.min(used, most);
    known.resetsAt = performance.now() + resetsIn;
    this.#removeExpired();
  }

  /** Undefined where the database does not answer, or has not a moment ago. */
  async #asked<Found>(ask: () => Promise<Found>): Promise<Found | undefined> {
    if (performance.now() < this.#aloneUntil) return undefined;
    try {
      return await patiently(ask)();
    } catch (err) {
      const isNew = performance.now() >= this.#aloneUntil;
      if (isNew) this.#log.warn({ err }, 'the database does not count requests: this process counts for itself');
      this.#aloneUntil = performance.now() + aloneMilliseconds;
      return undefined;
    }
  }

  #removeExpired(): void {
    if (performance.now() < this.#removeFrom) return;
    this.#removeFrom = performance.now() + removalMilliseconds;
    // Whatever is left is removed another time.
    this.#store.rateCounts.removeExpired().catch(() => {});
  }

  #knownOf(key: string): Known {
    const known = this.#known.get(key) ?? { used: 0, left: 0, resetsAt: 0, waiting: 0, taking: undefined };
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }
}

/** What is known now: nothing where its time is over. */
function current(known: Known): Known {
  if (known.resetsAt <= performance.now()) Object.assign(known, { used: 0, left: 0 });
  return known;
}

const resultOf = ({ resetsAt }: Known, count: number) => ({
  current: count,
  ttl: Math.max(0, resetsAt - performance.now()),
});

function answerWith(answer: Answer, result: Promise<{ current: number; ttl: number }>): void {
  result.then(
    (found) => answer(null, found),
    (error) => answer(error),
  );
}
