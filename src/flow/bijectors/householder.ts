import { type Static, Type } from 'typebox';
import { affine, sub } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Parameter, Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import type { Bijector, Normalized } from './bijector.ts';
import { type LayerSize, layerType } from './layer.ts';
import { reflectionProduct } from './reflections.ts';

const schema = strictObject({
  reflections: Type.Integer({
    minimum: 2,
    maximum: 128,
    multipleOf: 2,
    default: 4,
    description: 'As many as there are columns give every rotation',
  }),
});

/**
 * Orthogonal layer z = Q x, a product of Householder reflections (Tomczak and Welling 2016), logDet = 0. Cost
 * O(reflections columns) both ways. An even number of reflections starts in equal pairs, each of which is the identity, and
 * has a gradient there: turning one of a pair away from the other rotates.
 */
export class Householder implements Bijector {
  readonly parameters: readonly Parameter[];
  readonly #vectors: Parameter;

  constructor({ reflections }: Static<typeof schema>, { columns }: LayerSize) {
    this.#vectors = {
      shape: [reflections, columns],
      initialize: (random) => {
        const pairs = Array.from({ length: reflections / 2 }, () =>
          Array.from({ length: columns }, () => random.normal()),
        );
        return Float32Array.from(pairs.flatMap((vector) => [...vector, ...vector]));
      },
    };
    this.parameters = [this.#vectors];
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    return { z: this.#rotated(x, scope, { transposed: false }), logDet: undefined };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    return this.#rotated(z, scope, { transposed: true });
  }

  /** Q x or Q^T x. */
  #rotated(x: Tensor, scope: Scope, { transposed }: { transposed: boolean }): Tensor {
    const { V, T } = reflectionProduct(scope.parameter(this.#vectors));
    const along = affine(T, affine(V, x), undefined, { transposeA: transposed });
    return sub(x, affine(V, along, undefined, { transposeA: true }));
  }
}

export const householder = layerType({
  type: 'householder',
  summary: 'A rotation of the columns, as a product of reflections.',
  schema,
  build: (spec, size) => new Householder(spec, size),
});
