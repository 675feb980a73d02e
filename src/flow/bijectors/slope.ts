import { add, softplus } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';

/**
 * The least slope that a layer may have somewhere: how far single precision lets an inverse be exact. Rounding of z, 6e-8
 * of its size, comes back as at most 6e-5 of x.
 */
const leastSlope = 2 ** -10;
/** softplus(unitSlope) + leastSlope = 1. Constants are exact in single precision, so that those in double agree with them. */
const unitSlope = Math.fround(Math.log(Math.expm1(1 - leastSlope)));

/** A positive slope from any number: leastSlope + softplus(raw + unitSlope), which is 1 at raw = 0. */
export function slopeOf(raw: Tensor): Tensor {
  return add(softplus(add(raw, unitSlope)), leastSlope);
}
