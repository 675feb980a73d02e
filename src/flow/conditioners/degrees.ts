import { constant, type Tensor } from '../graph/tensor.ts';

/**
 * The place in the order of columns of each unit of an autoregressive network (Germain et al. 2015, MADE): a unit of degree
 * d depends on the columns 1 .. d alone, and the outputs for column d on units of a smaller degree.
 */
export type Degrees = readonly number[];

/** Degrees for hidden units, spread evenly. Units of degree 0 see the context only, and are of use only where there is one. */
export function hiddenDegrees(width: number, inputs: Degrees, context: number): Degrees {
  const first = context > 0 || inputs.length < 2 ? 0 : 1;
  const count = Math.max(1, inputs.length - first);
  return Array.from({ length: width }, (_, unit) => first + (unit % count));
}

/** Which units of one layer may feed which of the next. */
export interface Mask {
  readonly next: Degrees;
  readonly previous: Degrees;
  /** Of smaller degree only; else of the same degree too. */
  readonly strict: boolean;
}

/** Undefined for a network without an order. */
export function mask(
  next: Degrees | undefined,
  previous: Degrees | undefined,
  { strict = false } = {},
): Mask | undefined {
  return next && previous && { next, previous, strict };
}

/** [next, previous], 1 where the one may feed the other. Made for a program only: those of wide layers are large. */
export function maskTensor({ next, previous, strict }: Mask): Tensor {
  const values = new Float32Array(next.length * previous.length);
  for (const [to, degree] of next.entries())
    for (const [from, earlier] of previous.entries())
      values[to * previous.length + from] = Number(strict ? earlier < degree : earlier <= degree);
  return constant(values, [next.length, previous.length]);
}
