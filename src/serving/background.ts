import type { Encoding } from '../flow/encoding/encoding.ts';
import type { OwnServing } from './own-serving.ts';

/** A row that a model has drawn. */
export interface BackgroundRow {
  /** In codes [columns]. */
  readonly values: Float64Array;
  /** Nats. */
  readonly logProb: number;
}

/** As many are drawn as cost no more than one (a whole block of samples). */
const drawnRows = 256;

/**
 * What rows of a model are compared with: rows that it draws itself, given the same context. Of all that are drawn, ordered by
 * log-density, the middle one of each of `size` parts of the same size is taken, so that few rows have the mean of many. The same
 * model and context always have the same background.
 */
export class Backgrounds {
  readonly #serving: Pick<OwnServing, 'logProb' | 'sample'>;
  readonly #id: string;
  readonly #columns: number;
  readonly #options: { readonly size: number; readonly seed: number };
  readonly #known = new Map<string, Promise<BackgroundRow[]>>();

  constructor(
    serving: Pick<OwnServing, 'logProb' | 'sample'>,
    { id, encoding }: { readonly id: string; readonly encoding: Encoding },
    options: { readonly size: number; readonly seed: number },
  ) {
    this.#serving = serving;
    this.#id = id;
    this.#columns = encoding.columns.length;
    this.#options = options;
  }

  /** `size` rows, given a context in codes; none where the model draws nothing that has a density. */
  given(context: Float64Array): Promise<BackgroundRow[]> {
    const key = context.join();
    const background = this.#known.get(key) ?? this.#draw(context);
    this.#known.set(key, background);
    return background;
  }

  async #draw(context: Float64Array): Promise<BackgroundRow[]> {
    const { size, seed } = this.#options;
    const columns = this.#columns;
    const drawn = await this.#serving.sample(this.#id, { n: drawnRows, seed, context: [...context] });
    const width = columns + context.length;
    const rows = new Float64Array(drawnRows * width);
    const values = Array.from({ length: drawnRows }, (_, row) => drawn.subarray(row * columns, (row + 1) * columns));
    for (const [row, own] of values.entries()) {
      rows.set(own, row * width);
      rows.set(context, row * width + columns);
    }
    const logProb = await this.#serving.logProb(this.#id, rows, drawnRows);
    const ordered = values
      .map((own, row) => ({ values: own, logProb: logProb[row] }))
      .filter((row) => Number.isFinite(row.logProb))
      .sort((a, b) => a.logProb - b.logProb);
    if (ordered.length === 0) return [];
    return Array.from({ length: size }, (_, part) => ordered[Math.floor(((part + 0.5) * ordered.length) / size)]);
  }
}
