import type { Encoding } from '../flow/encoding/encoding.ts';
import type { CalibrationScores } from '../store/density-artefact.ts';
import { pValue, threshold } from './conformal.ts';
import { contextGroup } from './context-groups.ts';

/**
 * Log-densities of rows that are alike may differ by so many nats, since they are computed in single precision and in other
 * company: what is closer counts as a tie, which makes p-values larger, never smaller.
 */
const tieTolerance = 1e-4;

/** A group of fewer calibration rows is judged by all of them: its own would allow no p-value below 1 / 101. */
export const leastGroupRows = 100;

/** Calibration rows that share their categories of the context, and have p-values of their own. */
export interface CalibrationGroup {
  /** The code of each column of categories in the context; one more than the last where a cell is missing. */
  readonly codes: readonly number[];
  readonly scores: Float64Array;
}

/**
 * Tells how unusual rows are to a density. Where the context has categories, rows are compared with the calibration rows of
 * their own group, if these are enough (Mondrian conformal prediction: Vovk, Lindsay, Nouretdinov and Gammerman 2003).
 */
export class ConformalTest {
  readonly groups: readonly CalibrationGroup[];
  readonly #encoding: Encoding;
  readonly #all: Float64Array;
  readonly #scores: ReadonlyMap<string, Float64Array>;

  constructor({ scores, groups, groupOf }: CalibrationScores, encoding: Encoding) {
    const ofGroups: number[][] = groups.map(() => []);
    groupOf.forEach((group, index) => {
      ofGroups[group].push(scores[index]);
    });
    this.groups = groups
      .map((codes, group) => ({ codes, scores: Float64Array.from(ofGroups[group]) }))
      .filter((group) => group.scores.length >= leastGroupRows);
    this.#encoding = encoding;
    this.#all = scores;
    this.#scores = new Map(this.groups.map(({ codes, scores }) => [codes.join(), scores]));
  }

  get calibrationRows(): number {
    return this.#all.length;
  }

  /** The p-value of each of the rows in codes [rows, columns + context], row-major, from its log-density; NaN where that is. */
  pValues(rows: Float64Array, logProb: Float64Array): Float64Array {
    const width = rows.length / logProb.length;
    return logProb.map((value, row) =>
      Number.isNaN(value)
        ? value
        : pValue(this.#scoresFor(rows.subarray(row * width, (row + 1) * width)), value + tieTolerance),
    );
  }

  /**
   * The log-density below which p <= cutoff, of rows compared with these calibration rows, or with all; -Infinity where no p-value
   * is so small. `cutoff` is from 0 to below 1.
   */
  threshold(cutoff: number, scores: Float64Array = this.#all): number {
    return cutoff === 0 ? Number.NEGATIVE_INFINITY : threshold(scores, cutoff) - tieTolerance;
  }

  #scoresFor(row: Float64Array): Float64Array {
    if (this.#scores.size === 0) return this.#all;
    return this.#scores.get(contextGroup(this.#encoding, row).join()) ?? this.#all;
  }
}
