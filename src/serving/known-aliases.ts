import type { AliasTarget } from '../store/aliases.ts';
import type { Store } from '../store/store.ts';

/** For so long after it was asked for in the database, an alias is taken to stand for the same, if nothing else is heard. */
const trustedMilliseconds = 1000;
/** Beyond so many everything is forgotten. */
const mostKnown = 10_000;

interface Entry {
  readonly target: Promise<AliasTarget>;
  readonly asked: number;
}

/** What the aliases stand for that were asked for lately, each at its owner and name. */
export class KnownAliases {
  readonly #store: Pick<Store, 'for' | 'news'>;
  readonly #known = new Map<string, Entry>();
  #hearing: Disposable | undefined;

  constructor(store: Pick<Store, 'for' | 'news'>) {
    this.#store = store;
  }

  /** Throws NotFoundError. */
  get(owner: string, name: string): Promise<AliasTarget> {
    this.#hearing ??= this.#store.news.listen({
      happened: ({ what }) => what.startsWith('alias.') && this.forget(),
      missed: () => this.forget(),
    });
    const place = `${name} ${owner}`;
    const known = this.#known.get(place);
    const now = performance.now();
    if (known && now - known.asked < trustedMilliseconds) return known.target;
    if (this.#known.size >= mostKnown) this.forget();
    // An answer that is on its way when everything is forgotten is not kept: it may be from before.
    const entry = { target: this.#store.for({ owner }).aliases.target(name), asked: now };
    this.#known.set(place, entry);
    entry.target.catch(() => this.#known.get(place) === entry && this.#known.delete(place));
    return entry.target;
  }

  /** As after a move: they are few, and all are soon known again. */
  forget(): void {
    this.#known.clear();
  }

  close(): void {
    this.#hearing?.[Symbol.dispose]();
  }
}
