import type { Fingerprint } from './fingerprint.ts';
import type { Row } from './tables.ts';

/** What a client knows of something that it asked to be created. */
interface Entry {
  /** Which nothing else has. */
  readonly name: string;
  readonly key: string | undefined;
  /** Asks for it; always for the same. */
  readonly request: { readonly url: string; readonly options: RequestInit };
  /** Known once its creation was acknowledged, or it was found to be there. */
  id: string | undefined;
  /** `asked`: there was no answer. */
  deletion: 'none' | 'asked' | 'done';
}

export interface DatasetEntry extends Entry {
  readonly kind: 'datasets';
  readonly rows: readonly Row[];
  /** Of its rows as CSV. */
  digest: string | undefined;
}

export interface ModelEntry extends Entry {
  readonly kind: 'models';
  /** The rows that it is trained on. */
  readonly rows: readonly Row[];
  /** The final status that it was seen to have. */
  ended: string | undefined;
  /** Of what it does, once it is ready. */
  fingerprint: Fingerprint | undefined;
  cancelled: boolean;
}

/** Everything that clients of one deployment have asked for. */
export class Ledger {
  readonly datasets: DatasetEntry[] = [];
  readonly models: ModelEntry[] = [];

  get all(): readonly (DatasetEntry | ModelEntry)[] {
    return [...this.datasets, ...this.models];
  }

  /** One of those entries that are known to be there. */
  pick<Kind extends DatasetEntry | ModelEntry>(
    entries: readonly Kind[],
    part: number,
    fits: (entry: Kind) => boolean = () => true,
  ): (Kind & { id: string }) | undefined {
    const there = entries.filter(isThere).filter(fits);
    return there[Math.floor(part * there.length)];
  }
}

export function isThere<Kind extends DatasetEntry | ModelEntry>(entry: Kind): entry is Kind & { id: string } {
  return entry.id !== undefined && entry.deletion === 'none';
}
