import type { RandomStream } from '../../src/flow/random/stream.ts';

/** Rows of single-precision numbers as the table [rows, width]. */
export function tableOf(rows: readonly (readonly number[])[]): {
  values: Float32Array;
  shape: readonly [number, number];
} {
  return { values: Float32Array.from(rows.flat()), shape: [rows.length, rows[0]?.length ?? 0] };
}

/** A table [rows, width] of independent numbers. */
export function tableBy(number: () => number, rows: number, width: number) {
  return tableOf(Array.from({ length: rows }, () => Array.from({ length: width }, number)));
}

/** A table [rows, width] of standard normal numbers. */
export const normalTable = (random: RandomStream, rows: number, width: number) =>
  tableBy(() => random.normal(), rows, width);
