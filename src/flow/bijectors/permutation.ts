import { Type } from 'typebox';
import { SpecError } from '../errors.ts';
import { concat, gather, split } from '../graph/operations.ts';
import { constant, type Tensor } from '../graph/tensor.ts';
import type { RandomStream } from '../random/stream.ts';
import { strictObject } from '../schema.ts';
import type { Bijector, Normalized } from './bijector.ts';
import { layerType } from './layer.ts';

/** Reorders the columns: z_i = x_order(i), logDet = 0. */
export class Permutation implements Bijector {
  readonly parameters = [];
  readonly reorders = true;
  readonly #order: readonly number[];
  readonly #inverse: readonly number[];

  constructor(order: readonly number[]) {
    this.#order = order;
    this.#inverse = inverseOf(order);
  }

  normalize(x: Tensor): Normalized {
    return { z: reordered(x, this.#order), logDet: undefined };
  }

  generate(z: Tensor): Tensor {
    return reordered(z, this.#inverse);
  }
}

function inverseOf(order: readonly number[]): number[] {
  const inverse = new Array<number>(order.length).fill(0);
  for (const [place, column] of order.entries()) inverse[column] = place;
  return inverse;
}

/** A rotation of the columns is two cuts, which disappear where the neighbouring layers cut in the same place. */
function reordered(x: Tensor, order: readonly number[]): Tensor {
  const [first] = order;
  const isRotation = order.every((column, index) => column === (first + index) % order.length);
  if (!isRotation) return gather(x, constant(Int32Array.from(order), [order.length]), 0);
  if (first === 0) return x;
  const [left, right] = split(x, [first, order.length - first], 0);
  return concat([right, left], 0);
}

const kinds = ['random', 'reverse', 'swap', 'alternate'] as const;

const orders: Record<(typeof kinds)[number], (columns: number, random: RandomStream) => number[]> = {
  random: (columns, random) => Array.from(random.permutation(columns)),
  reverse: (columns) => Array.from({ length: columns }, (_, index) => columns - 1 - index),
  alternate: (columns) => [...evens(columns), ...evens(columns - 1).map((column) => column + 1)],
  swap: (columns) => Array.from({ length: columns }, (_, index) => (index + Math.floor(columns / 2)) % columns),
};

const evens = (columns: number) => Array.from({ length: Math.ceil(columns / 2) }, (_, index) => 2 * index);

export const permutation = layerType({
  type: 'permutation',
  allowsMissing: true,
  summary: 'A fixed reordering of the columns, so that the next layer transforms other ones.',
  schema: strictObject({
    kind: Type.Enum([...kinds], {
      default: 'random',
      description: 'swap exchanges the two halves; alternate puts every second column first',
    }),
    order: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0 }), { description: 'Column i of the result is column order[i]' }),
    ),
  }),
  resolve: (spec, { columns, random }, path) => {
    const order = spec.order ?? orders[spec.kind](columns, random);
    if (order.length !== columns || new Set(order).size !== columns || order.some((column) => column >= columns))
      throw new SpecError(
        `${path}/order`,
        `Expected each of the numbers 0 to ${columns - 1} once; got ${order.join(', ')}`,
      );
    return { ...spec, order };
  },
  build: (spec) => new Permutation(spec.order ?? []),
});
