/** What planar and Sylvester layers share: the function p + k tanh(p) of one number, its slope and its inverse. */
import {
  abs,
  add,
  div,
  greater,
  log,
  loop,
  max,
  min,
  mul,
  neg,
  stopGradient,
  sub,
  tanh,
  where,
} from '../graph/operations.ts';
import { constant, type Tensor } from '../graph/tensor.ts';
import { slopeOf } from './slope.ts';

/** Keeps |w|^2 from zero; exact in single precision, as all constants here, so that both directions agree on them. */
const epsilon = 2 ** -20;

/**
 * Makes x + u_hat tanh(w.x + b) invertible whatever w and u are (Rezende and Mohamed 2015, appendix A.1):
 * u_hat = (|w|^2 u + (m - 1 - w.u) w) / (|w|^2 + epsilon) has 1 + w.u_hat = (epsilon + |w|^2 m) / (|w|^2 + epsilon) > 0,
 * for m = slopeOf(w.u). Where w vanishes u_hat does. u = 0 gives u_hat = 0.
 *
 * From w.u and |w|^2, `slope` is 1 + w.u_hat, and u_hat is `ofU` u + `ofW` w.
 */
export function invertible(product: Tensor, squaredNorm: Tensor): { slope: Tensor; ofU: Tensor; ofW: Tensor } {
  const norm = add(squaredNorm, epsilon);
  const ofU = div(squaredNorm, norm);
  const m = slopeOf(product);
  const slope = add(mul(ofU, m), div(epsilon, norm));
  return { slope, ofU, ofW: div(sub(sub(m, 1), product), norm) };
}

/**
 * log(1 + k sech^2(p)) with t = tanh(p) and `slope` = 1 + k. As (1 + k) (1 - t^2) + t^2 it is a sum of positive terms,
 * which does not cancel for k near -1.
 */
export function logSlope(slope: Tensor, t: Tensor): Tensor {
  return log(slopeAt(slope, t));
}

function slopeAt(slope: Tensor, t: Tensor): Tensor {
  const squared = mul(t, t);
  return add(mul(slope, sub(1, squared)), squared);
}

/**
 * Enough for double precision wherever `slope` is between 2^-10 and 1e6: the worst cases found take 9 and 15. There Newton's
 * method takes a third of the distance a step (slope near 0, where the function is nearly p^3 / 3), or half a unit (slope
 * large, where it is nearly exponential), until it is close and doubles its digits.
 */
const steps = 16;

/**
 * The p at which p + k tanh(p) = target, for `slope` = 1 + k > 0, by Newton's method in float64.
 *
 * It needs no safeguard. For p > 0 the function is convex when k < 0 and concave when k > 0; started above the root in
 * the first case and below in the second, Newton's method comes closer at every step and never passes it. Such starts
 * are given by |tanh(p)| < min(|p|, 1). p is odd in the target, so that p > 0 is all there is.
 *
 * The gradient is exact: the last step is made in differentiable operations from a constant, which gives the derivative
 * of the implicit function.
 */
export function tanhRoot(slope: Tensor, target: Tensor): Tensor {
  const size = abs(target);
  const [inCore, inTail] = [div(size, slope), sub(size, sub(slope, 1))];
  const start = where(greater(slope, 1), max(inCore, inTail), min(inCore, inTail));
  const count = constant(BigInt64Array.of(BigInt(steps)), []);
  const { state } = loop(count, [start], (_, [p]) => ({ state: [newtonStep(p, slope, size)], scanned: [] }));
  const root = where(greater(0, target), neg(state[0]), state[0]);
  return newtonStep(stopGradient(root), slope, target);
}

function newtonStep(p: Tensor, slope: Tensor, target: Tensor): Tensor {
  const t = tanh(p);
  const excess = sub(add(p, mul(sub(slope, 1), t)), target);
  return sub(p, div(excess, slopeAt(slope, t)));
}
