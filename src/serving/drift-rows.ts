import type { RandomStream } from '../flow/random/stream.ts';
import type { Dataset, Datasets } from '../store/datasets.ts';
import type { ColumnCodes } from '../table/codes.ts';
import { readMatrix } from '../table/matrix.ts';

/** A uniform choice of at most so many of the rows that come by (algorithm R: Vitter 1985). */
export class RowReservoir {
  readonly #rows: Float64Array;
  readonly #width: number;
  readonly #most: number;
  readonly #random: RandomStream;
  #seen = 0;

  constructor(width: number, most: number, random: RandomStream) {
    this.#rows = new Float64Array(width * most);
    this.#width = width;
    this.#most = most;
    this.#random = random;
  }

  /** How many rows came by. */
  get seen(): number {
    return this.#seen;
  }

  /** The chosen rows [rows, width], row-major. */
  get rows(): Float64Array {
    return this.#rows.subarray(0, this.#width * Math.min(this.#seen, this.#most));
  }

  /** Takes rows [rows, width]. */
  add(rows: Float64Array): void {
    for (let start = 0; start < rows.length; start += this.#width) {
      const place = this.#seen < this.#most ? this.#seen : this.#random.below(this.#seen + 1);
      this.#seen++;
      if (place < this.#most) this.#rows.set(rows.subarray(start, start + this.#width), place * this.#width);
    }
  }
}

/** Parts of a dataset that are read, at most: evenly over its rows. */
const mostParts = 16;

/** Rows of a stored dataset as codes: of all its parts, or where these are many of some from its beginning to its end. */
export async function addDataset(
  reservoir: RowReservoir,
  datasets: Pick<Datasets, 'parts'>,
  { id, rowCount }: Dataset,
  columns: readonly ColumnCodes[],
): Promise<void> {
  let next = 0;
  for (let part = 0; part < mostParts; part++) {
    const offset = Math.floor((part * rowCount) / mostParts);
    if (offset < next) continue;
    for await (const found of datasets.parts(id, { offset })) {
      reservoir.add(await readMatrix(only(found), columns, found.rowCount));
      next = found.firstRow + found.rowCount;
      break;
    }
  }
}

async function* only<Item>(item: Item): AsyncGenerator<Item> {
  yield item;
}
