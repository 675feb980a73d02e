/**
 * Rows are sampled in whole blocks of this size, counted from row 0. The last digits of a matrix product may depend on
 * how many rows it has; with fixed blocks, a row's do not depend on how many were asked for.
 */
export const sampleBlockRows = 256;

/** Larger arrays are handed over from thread to thread; smaller ones are copied sooner. */
export const movedBytes = 2 ** 16;

/** The numbers from 0 to `total` in ranges of `size`. */
export function ranges(total: number, size: number): [first: number, count: number][] {
  return Array.from({ length: Math.ceil(total / size) }, (_, index) => [
    index * size,
    Math.min(size, total - index * size),
  ]);
}
