import { hash } from 'node:crypto';
import type { Bearer } from '../../store/api-keys.ts';
import type { Store } from '../../store/store.ts';
import { patiently } from '../observation/patience.ts';

/** For so long a key that was good is taken to be so without asking: no longer than that a revoked one goes on, whatever is not heard. */
const freshMilliseconds = 2_000;
/** For so long after it was found good, where the database does not answer: above all the metrics are wanted then. */
const trustedMilliseconds = 5 * 60_000;
/** Keys that are remembered, at most. */
const mostKeys = 10_000;

/** A key that the database called good. */
interface GoodKey {
  readonly bearer: Bearer;
  /** When it said so last. */
  readonly at: number;
  /** Whether it may have been revoked since, unheard. */
  isDoubtful: boolean;
  readonly ask: () => Promise<Bearer | undefined>;
}

/** Whose the keys are that requests carry: the database is asked about every two seconds for each, and for all that are not good. */
export class KeyRing {
  readonly #store: Pick<Store, 'apiKeys' | 'news'>;
  readonly #good = new Map<string, GoodKey>();
  #exist: () => Promise<boolean>;
  /** What was asked before a change says nothing of what is after it. */
  #changes = 0;
  #hearing: Disposable | undefined;
  #isNeeded = false;
  #asked = Number.NEGATIVE_INFINITY;

  constructor(store: Pick<Store, 'apiKeys' | 'news'>) {
    this.#store = store;
    this.#exist = this.#askWhetherAnyExist();
  }

  /** Whether requests need a key. Rejects where the database does not answer. */
  async isNeeded(): Promise<boolean> {
    this.#hearing ??= this.#hear();
    const now = performance.now();
    // Keys are never deleted: where there was one there always is.
    if (this.#isNeeded || now - this.#asked < freshMilliseconds) return this.#isNeeded;
    const changes = this.#changes;
    const isNeeded = await this.#exist();
    if (changes === this.#changes) {
      this.#isNeeded = isNeeded;
      this.#asked = now;
    }
    return isNeeded;
  }

  /** Whether the key was good not long ago. */
  wasGood(key: string): boolean {
    return this.#good.has(nameOf(key));
  }

  /** Whose the key is; undefined where it is not good. Rejects where the database does not answer and it cannot be said. */
  async find(key: string): Promise<Bearer | undefined> {
    const name = nameOf(key);
    const known = this.#good.get(name);
    const now = performance.now();
    if (known && !known.isDoubtful && now - known.at < freshMilliseconds) return known.bearer;
    const ask = known?.ask ?? patiently(() => this.#store.apiKeys.find(key));
    const changes = this.#changes;
    try {
      const bearer = await ask();
      this.#good.delete(name);
      if (bearer) this.#remember(name, { bearer, at: now, isDoubtful: changes !== this.#changes, ask });
      return bearer;
    } catch (error) {
      if (known && now - known.at < trustedMilliseconds) return known.bearer;
      throw error;
    }
  }

  close(): void {
    this.#hearing?.[Symbol.dispose]();
  }

  /** Whatever any process does with keys. */
  #hear(): Disposable {
    return this.#store.news.listen({
      happened: ({ what }) => {
        if (what === 'key.revoked') this.forget();
        else if (what === 'key.created') this.doubt();
      },
      missed: () => this.doubt(),
    });
  }

  /** Knows of no key any more, as after one was revoked. */
  forget(): void {
    this.doubt();
    this.#good.clear();
  }

  /** Asks anew about every key, and goes by what it knew only where there is no answer. */
  doubt(): void {
    this.#changes++;
    this.#asked = Number.NEGATIVE_INFINITY;
    this.#exist = this.#askWhetherAnyExist();
    for (const key of this.#good.values()) key.isDoubtful = true;
  }

  #askWhetherAnyExist(): () => Promise<boolean> {
    return patiently(() => this.#store.apiKeys.exist());
  }

  /** A Map keeps the order of insertion: its first entry is the one asked about least recently. */
  #remember(name: string, key: GoodKey): void {
    this.#good.set(name, key);
    const [oldest] = this.#good.keys();
    if (this.#good.size > mostKeys && oldest !== undefined) this.#good.delete(oldest);
  }
}

/** The key itself is not kept. */
const nameOf = (key: string) => hash('sha256', key, 'base64url');
