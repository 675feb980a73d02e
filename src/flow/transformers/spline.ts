import {
  add,
  affine,
  cast,
  div,
  equal,
  exp,
  greaterOrEqual,
  largest,
  log,
  max,
  min,
  mul,
  multiple,
  neg,
  reshape,
  softplus,
  split,
  sqrt,
  stopGradient,
  sub,
  sum,
  where,
} from '../graph/operations.ts';
import { constant, type Dimension, elementCount, sameShape, scalar, type Tensor } from '../graph/tensor.ts';
import type { Transformer } from './transformer.ts';

/** Of the whole width or height, the least part of a bin; and the least slope at a knot. */
const least = 1e-3;
/** The raw value of a slope of 1: softplus(raw) + least = 1. */
const unitSlope = Math.log(Math.expm1(1 - least));

/**
 * Monotone rational-quadratic splines with `bins` bins on [-bound, bound] and the identity outside
 * (Durkan et al. 2019, Neural spline flows).
 *
 * With x in the bin from (x0, y0), of width w, height h, and slopes d0, d1 at its ends, s = h / w, r = (x - x0) / w:
 *   z = y0 + h (s r^2 + d0 r (1 - r)) / (s + (d0 + d1 - 2 s) r (1 - r)),
 *   dz/dx = s^2 (d1 r^2 + 2 s r (1 - r) + d0 (1 - r)^2) / (s + (d0 + d1 - 2 s) r (1 - r))^2.
 *
 * A value outside is cut to the bound before the spline, where everything is finite, and left alone after it: the branch
 * that is not taken then has no NaN to leak into the gradient.
 */
export class Spline implements Transformer {
  readonly sizes: readonly number[];
  readonly #bins: number;
  readonly #bound: number;

  constructor(bins: number, bound: number) {
    this.#bins = bins;
    this.#bound = bound;
    // Widths and heights of the bins, and slopes at the inner knots.
    this.sizes = [2 * bins, bins - 1];
  }

  normalize(x: Tensor, raw: readonly Tensor[]) {
    const { values, clipped, inside } = this.#clip(x);
    const { x0, y0, w, h, d0, d1 } = this.#bin(clipped, repeated(raw, x), 'x');
    const s = div(h, w);
    const r = div(sub(clipped, x0), w);
    const r1 = sub(1, r);
    const curve = mul(r, r1);
    const denominator = add(s, mul(sub(add(d0, d1), mul(s, 2)), curve));
    const rise = add(mul(s, mul(r, r)), mul(d0, curve));
    const slope = add(add(mul(d1, mul(r, r)), mul(mul(s, 2), curve)), mul(d0, mul(r1, r1)));
    const y = add(y0, div(mul(h, rise), denominator));
    // log(s^2 slope / denominator^2) as twice the logarithm of a ratio that stays near 1.
    const logSlope = add(log(slope), mul(log(div(s, denominator)), 2));
    return {
      z: reshape(where(inside, y, values), x.shape),
      logDet: reshape(where(inside, logSlope, 0), x.shape),
    };
  }

  generate(z: Tensor, raw: readonly Tensor[]): Tensor {
    const { values, clipped, inside } = this.#clip(z);
    const { x0, y0, w, h, d0, d1 } = this.#bin(clipped, repeated(raw, z), 'y');
    const s = div(h, w);
    const dy = sub(clipped, y0);
    const bend = mul(dy, sub(add(d0, d1), mul(s, 2)));
    const a = add(mul(h, sub(s, d0)), bend);
    const b = sub(mul(h, d0), bend);
    const c = neg(mul(s, dy));
    // The root of a r^2 + b r + c in [0, 1], in the form that does not cancel; rounding may take the square below zero.
    const discriminant = max(sub(mul(b, b), mul(mul(a, 4), c)), 0);
    const r = div(mul(c, 2), sub(neg(b), sqrt(discriminant)));
    return reshape(where(inside, add(mul(r, w), x0), values), z.shape);
  }

  /** The elements of x as one row, the same cut to the bounds, and which of them are within. */
  #clip(x: Tensor): { values: Tensor; clipped: Tensor; inside: Tensor } {
    const [n, rows] = x.shape;
    const values = reshape(x, [1, multiple(rows, elementCount([n]))]);
    const clipped = max(min(values, this.#bound), -this.#bound);
    return { values, clipped, inside: equal(values, clipped) };
  }

  /** The corner, size and slopes of the bin that holds each of the values [1, elements] along one axis. */
  #bin(values: Tensor, [rawSizes, rawSlopes]: readonly Tensor[], axis: 'x' | 'y') {
    const K = this.#bins;
    const elements = values.shape[1];
    const sizes = this.#binSizes(rawSizes, elements);
    const along = reshape(split(sizes, [1, 1], 0)[axis === 'x' ? 0 : 1], [K, elements]);
    const knots = affine(knotMatrix(K), along, scalar(-this.#bound));
    // Which bin it is has no gradient.
    const passed = stopGradient(cast(greaterOrEqual(values, knots), 'float32'));
    const { weights, offsets } = selection(K);
    const [cells, ends] = split(affine(weights, passed, offsets), [2 * K, 2 * (K - 1)], 0);

    // [width and height, this bin and all before it, bins, elements], summed over the bins.
    const chosen = sum(mul(reshape(sizes, [2, 1, K, elements]), reshape(cells, [2, K, elements])), [2]);
    const [w, before, h, below] = split(reshape(chosen, [4, elements]), [1, 1, 1, 1], 0);

    const rawEnds = sum(mul(reshape(rawSlopes, [K - 1, elements]), reshape(ends, [2, K - 1, elements])), [1]);
    const [d0, d1] = split(add(softplus(add(rawEnds, unitSlope)), least), [1, 1], 0);
    return { x0: sub(before, this.#bound), y0: sub(below, this.#bound), w, h, d0, d1 };
  }

  /** Widths and heights of all bins, [2, bins, elements]: a softmax over the bins, with a least size. */
  #binSizes(raw: Tensor, elements: Dimension): Tensor {
    const logits = reshape(raw, [2, this.#bins, elements]);
    const weights = exp(sub(logits, stopGradient(largest(logits, [1], true))));
    const scale = div(2 * this.#bound * (1 - least * this.#bins), sum(weights, [1], true));
    return add(mul(weights, scale), 2 * this.#bound * least);
  }
}

/** The distances of the inner knots from the first one, as sums of bins: [bins - 1, bins]. */
function knotMatrix(bins: number): Tensor {
  const values = Array.from({ length: bins - 1 }, (_, knot) =>
    Array.from({ length: bins }, (_, bin) => Number(bin <= knot)),
  );
  return constant(Float32Array.from(values.flat()), [bins - 1, bins]);
}

/**
 * From the indicators p of the inner knots that a value has passed (1 .. 1 0 .. 0), by weights p + offsets:
 * the indicator of its bin [bins], of the bins before it [bins], and of the inner knot at its left end [bins - 1] and at
 * its right end [bins - 1]; at a bound there is none.
 */
function selection(bins: number): { weights: Tensor; offsets: Tensor } {
  const knots = bins - 1;
  const passed = (knot: number) => Array.from({ length: knots }, (_, index) => Number(index === knot));
  const bin = (index: number) => passed(index - 1).map((value, knot) => value - passed(index)[knot]);
  const all = <Row>(count: number, row: (index: number) => Row) =>
    Array.from({ length: count }, (_, index) => row(index));
  const rows = [
    ...all(bins, bin),
    ...all(bins, passed),
    ...all(knots, (knot) => bin(knot + 1)),
    ...all(knots, (knot) => bin(knot)),
  ];
  const inFirstBin = new Set([0, 3 * bins - 1]);
  return {
    weights: constant(Float32Array.from(rows.flat()), [rows.length, knots]),
    offsets: constant(
      Float32Array.from(rows, (_, row) => Number(inFirstBin.has(row))),
      [rows.length, 1],
    ),
  };
}

/** Parameters that are the same for all rows, written out for each. */
const repeated = (raw: readonly Tensor[], x: Tensor) => raw.map((part) => forEachRow(part, x));

function forEachRow(raw: Tensor, x: Tensor): Tensor {
  if (sameShape(raw.shape.slice(1), x.shape.slice(1))) return raw;
  const [first] = split(x, [1, elementCount(x.shape.slice(0, 1)) - 1].filter(Boolean), 0);
  return add(raw, mul(first, 0));
}
