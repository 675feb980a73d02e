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

/** Which units of one layer may feed which of the next, [next][previous]; undefined for a network without an order. */
export function mask(
  next: Degrees | undefined,
  previous: Degrees | undefined,
  { strict = false }: { strict?: boolean } = {},
): boolean[][] | undefined {
  if (!next || !previous) return undefined;
  return next.map((degree) => previous.map((earlier) => (strict ? earlier < degree : earlier <= degree)));
}
