import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { defaultAlpha } from '../../scoring/judged-rows.ts';
import {
  correlation,
  type Moments,
  moments,
  momentsOf,
  noMoments,
  noPairs,
  pairMoments,
  pairMomentsOf,
  standardError,
} from '../../statistics/moments.ts';

const count = Type.Integer({ minimum: 0 });
const momentsSchema = Type.Object({ count, mean: Type.Number(), squares: Type.Number() });

/** What is kept of the rows that two models have scored; what two processes keep adds up. */
const comparisonSchema = Type.Object({
  /** Rows that were not scored by the candidate, there being too much else to do. */
  dropped: count,
  rows: count,
  /** Nats; of the rows to which both give a density above zero. */
  production: momentsSchema,
  candidate: momentsSchema,
  /** Candidate less production. */
  difference: momentsSchema,
  zeros: Type.Object({ production: count, candidate: count, both: count }),
  /** The p-values of the rows that have both. */
  pValues: Type.Object({ x: momentsSchema, y: momentsSchema, products: Type.Number() }),
  anomalies: Type.Object({ production: count, candidate: count, different: count }),
  milliseconds: Type.Object({ production: momentsSchema, candidate: momentsSchema }),
});
export type Comparison = Static<typeof comparisonSchema>;

export const noComparison: Comparison = {
  dropped: 0,
  rows: 0,
  production: noMoments,
  candidate: noMoments,
  difference: noMoments,
  zeros: { production: 0, candidate: 0, both: 0 },
  pValues: noPairs,
  anomalies: { production: 0, candidate: 0, different: 0 },
  milliseconds: { production: noMoments, candidate: noMoments },
};

/** One model's view of some rows. */
export interface Scored {
  readonly logProb: Float64Array;
  /** Where the model is calibrated. */
  readonly pValues: Float64Array | undefined;
  /** Where it was scored as the other was: the same rows, at once. */
  readonly milliseconds: number | undefined;
}

/** What a comparison that is kept says; one that was kept otherwise, by another version, says nothing. */
export function comparisonIn(kept: object): Comparison {
  return Value.Check(comparisonSchema, kept) ? kept : noComparison;
}

export const droppedRows = (dropped: number): Comparison => ({ ...noComparison, dropped });

/** Of the same rows, scored by both. */
export function comparisonOf(production: Scored, candidate: Scored): Comparison {
  const pairs = Array.from(production.logProb, (value, row) => [value, candidate.logProb[row]] as const);
  const finite = pairs.filter((pair) => pair.every(Number.isFinite));
  const xs = finite.map(([x]) => x);
  const ys = finite.map(([, y]) => y);
  const isZero = (value: number) => value === Number.NEGATIVE_INFINITY;
  const places =
    production.pValues && candidate.pValues
      ? { x: [...production.pValues], y: [...candidate.pValues] }
      : { x: [], y: [] };
  const flags = places.x.map((p, row) => [p <= defaultAlpha, places.y[row] <= defaultAlpha] as const);
  return {
    dropped: 0,
    rows: pairs.length,
    production: momentsOf(xs),
    candidate: momentsOf(ys),
    difference: momentsOf(finite.map(([x, y]) => y - x)),
    zeros: {
      production: pairs.filter(([x]) => isZero(x)).length,
      candidate: pairs.filter(([, y]) => isZero(y)).length,
      both: pairs.filter(([x, y]) => isZero(x) && isZero(y)).length,
    },
    pValues: pairMomentsOf(places.x, places.y),
    anomalies: {
      production: flags.filter(([x]) => x).length,
      candidate: flags.filter(([, y]) => y).length,
      different: flags.filter(([x, y]) => x !== y).length,
    },
    milliseconds: {
      production: momentsOf(timed(production, candidate) ? [production.milliseconds ?? 0] : []),
      candidate: momentsOf(timed(production, candidate) ? [candidate.milliseconds ?? 0] : []),
    },
  };
}

const timed = (...both: Scored[]) => both.every(({ milliseconds }) => milliseconds !== undefined);

/** Of two lots of rows together. */
export function together(a: Comparison, b: Comparison): Comparison {
  return {
    dropped: a.dropped + b.dropped,
    rows: a.rows + b.rows,
    production: moments(a.production, b.production),
    candidate: moments(a.candidate, b.candidate),
    difference: moments(a.difference, b.difference),
    zeros: {
      production: a.zeros.production + b.zeros.production,
      candidate: a.zeros.candidate + b.zeros.candidate,
      both: a.zeros.both + b.zeros.both,
    },
    pValues: pairMoments(a.pValues, b.pValues),
    anomalies: {
      production: a.anomalies.production + b.anomalies.production,
      candidate: a.anomalies.candidate + b.anomalies.candidate,
      different: a.anomalies.different + b.anomalies.different,
    },
    milliseconds: {
      production: moments(a.milliseconds.production, b.milliseconds.production),
      candidate: moments(a.milliseconds.candidate, b.milliseconds.candidate),
    },
  };
}

const meanOf = (some: Moments) => (some.count > 0 ? some.mean : null);
const estimateOf = (some: Moments) => ({ mean: meanOf(some), standardError: standardError(some) });

/** What is told of a comparison. */
export function toComparisonBody(comparison: Comparison) {
  const { rows, dropped, production, candidate, difference, zeros, pValues, anomalies, milliseconds } = comparison;
  const judged = pValues.x.count;
  const share = (some: number) => (judged > 0 ? some / judged : null);
  return {
    rows,
    dropped,
    logProb: {
      rows: difference.count,
      production: estimateOf(production),
      candidate: estimateOf(candidate),
      difference: estimateOf(difference),
    },
    zeroDensity: zeros,
    rankCorrelation: correlation(pValues),
    anomalies: {
      alpha: defaultAlpha,
      rows: judged,
      production: share(anomalies.production),
      candidate: share(anomalies.candidate),
      different: share(anomalies.different),
    },
    milliseconds: {
      requests: milliseconds.production.count,
      production: meanOf(milliseconds.production),
      candidate: meanOf(milliseconds.candidate),
    },
  };
}
