import { type Key, philox } from './philox.ts';

/** What randomness is for. Each purpose has its own stream, so that none shifts another. */
const purposes = [
  'permutation',
  'initialization',
  'split',
  'batches',
  'sample',
  'noise',
  'evaluation',
  'noise-starts',
  'inspection',
  'members',
  'explanation',
] as const;
export type Purpose = (typeof purposes)[number];

/** A seeded stream of random numbers; the same seed and purpose always give the same sequence. */
export class RandomStream {
  readonly #key: Key;
  #position: number;
  #block = -1;
  readonly #words = new Uint32Array(4);

  /** `seed` is a whole number from 0 to 2^32 - 1; `position` is where an earlier stream of the kind had come to. */
  constructor(seed: number, purpose: Purpose, position = 0) {
    this.#key = keyOf(seed, purpose);
    this.#position = position;
  }

  /** How many words have been drawn. */
  get position(): number {
    return this.#position;
  }

  /** An unsigned 32-bit word. */
  word(): number {
    const block = Math.floor(this.#position / 4);
    if (block !== this.#block) {
      philox(this.#words, [block >>> 0, Math.floor(block / 2 ** 32), 0, 0], this.#key);
      this.#block = block;
    }
    return this.#words[this.#position++ % 4];
  }

  /** Uniform on (0, 1), both ends excluded. */
  uniform(): number {
    return openUnitInterval(this.word(), this.word());
  }

  /** Standard normal. */
  normal(): number {
    return boxMuller(this.uniform(), this.uniform())[0];
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** The numbers 0 .. length - 1 in random order (Fisher and Yates). */
  permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, index) => index);
    for (let last = length - 1; last > 0; last--) {
      const chosen = this.below(last + 1);
      [order[last], order[chosen]] = [order[chosen], order[last]];
    }
    return order;
  }
}

/**
 * Standard normal rows [rows, columns], row-major, of the infinite table that `seed` stands for, from row `firstRow` on.
 * A row depends on the seed and its own number alone.
 */
export function normalRows(seed: number, firstRow: number, rows: number, columns: number): Float32Array {
  const key = keyOf(seed, 'sample');
  const values = new Float32Array(rows * columns);
  const words = new Uint32Array(4);
  for (let row = 0; row < rows; row++) {
    const number = firstRow + row;
    for (let column = 0; column < columns; column += 2) {
      philox(words, [number >>> 0, Math.floor(number / 2 ** 32), column / 2, 0], key);
      const pair = boxMuller(openUnitInterval(words[0], words[1]), openUnitInterval(words[2], words[3]));
      values[row * columns + column] = pair[0];
      if (column + 1 < columns) values[row * columns + column + 1] = pair[1];
    }
  }
  return values;
}

const keyOf = (seed: number, purpose: Purpose): Key => [seed >>> 0, purposes.indexOf(purpose)];

/** 52 random bits, centred in their cell: never 0 and never 1. */
const openUnitInterval = (high: number, low: number) => ((high >>> 6) * 2 ** 26 + (low >>> 6) + 0.5) / 2 ** 52;

function boxMuller(u: number, v: number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(u));
  const angle = 2 * Math.PI * v;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
