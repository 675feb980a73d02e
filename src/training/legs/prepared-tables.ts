import type { TrainingTable } from '../table.ts';

/** A table that is kept is let go so long after it was last used. */
const keepMilliseconds = 10_000;

interface Kept {
  readonly table: Promise<TrainingTable>;
  users: number;
  letGo?: NodeJS.Timeout;
}

/** The tables of models whose flows are trained here, each made once and kept for a while: more may come of the same model. */
export class PreparedTables {
  readonly #prepare: (modelId: string) => Promise<TrainingTable>;
  readonly #kept = new Map<string, Kept>();

  constructor(prepare: (modelId: string) => Promise<TrainingTable>) {
    this.#prepare = prepare;
  }

  /** The models whose tables are at hand. */
  models(): string[] {
    return [...this.#kept.keys()];
  }

  /** Lends the table of a model until it is disposed of. Tables of other models that nobody uses make room for it. */
  lend(modelId: string): { readonly table: Promise<TrainingTable> } & Disposable {
    this.forgetUnused(modelId);
    const kept = this.#kept.get(modelId) ?? this.#make(modelId);
    clearTimeout(kept.letGo);
    kept.users++;
    const giveBack = () => {
      if (--kept.users === 0) kept.letGo = setTimeout(() => this.#forget(modelId, kept), keepMilliseconds).unref();
    };
    return { table: kept.table, [Symbol.dispose]: giveBack };
  }

  /** Lets go of tables that nobody uses, but for that of `except`. */
  forgetUnused(except?: string): void {
    for (const [modelId, kept] of this.#kept) if (kept.users === 0 && modelId !== except) this.#forget(modelId, kept);
  }

  #make(modelId: string): Kept {
    const kept: Kept = { table: this.#prepare(modelId), users: 0 };
    this.#kept.set(modelId, kept);
    // One that could not be made is tried anew.
    kept.table.catch(() => this.#forget(modelId, kept));
    return kept;
  }

  #forget(modelId: string, kept: Kept): void {
    clearTimeout(kept.letGo);
    if (this.#kept.get(modelId) === kept) this.#kept.delete(modelId);
  }
}
