import { type Static, Type } from 'typebox';
import { resolveConditioner } from '../conditioners/conditioner.ts';
import { SpecError } from '../errors.ts';
import { add, affine, cast, concat, mul, reshape, split, sub, sum, tanh, transpose } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { filledParameter, normalParameter, type Parameter, type Scope, uniformParameter } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import { Amortized, amortizedProperties } from './amortized.ts';
import type { Bijector, Hyperplanes, Normalized } from './bijector.ts';
import { type LayerSize, layerType } from './layer.ts';
import { reflectionProduct } from './reflections.ts';
import { invertible, logSlope, tanhRoot } from './tanh-step.ts';
import { indicator, isDiagonal, isLower, isUpper } from './triangular.ts';

const schema = strictObject({
  rank: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 64,
      description: 'Directions that bend; by default 4, or all columns if fewer',
    }),
  ),
  ...amortizedProperties,
});

/**
 * Sylvester layer (van den Berg et al. 2018): z = x + Q R tanh(S Q^T x + b) with Q [columns, rank] of orthonormal columns, a
 * product of reflections, and R, S [rank, rank] upper triangular; logDet = sum log(1 + R_ii S_ii sech^2(p_i)), p = S Q^T x + b.
 * R_ii S_ii > -1 holds by the parameterisation of planar layers, which are the case of rank 1.
 *
 * Generating is exact, by back-substitution: with y = Q^T z and v = Q^T x, y_i = v_i + R_ii tanh(p_i) + terms of v_j, p_j for
 * j > i only, which are known when i is solved for; what is orthogonal to Q stays. Cost O(columns rank) both ways.
 * With context, R, S and b are given for each row.
 */
export class Sylvester implements Bijector {
  readonly parameters: readonly Parameter[];
  readonly #rank: number;
  readonly #vectors: Parameter;
  readonly #amortized: Amortized;

  constructor({ rank = 1, ...spec }: Static<typeof schema>, { columns, context }: LayerSize) {
    this.#rank = rank;
    this.#vectors = normalParameter([rank, columns], 1);
    this.#amortized = new Amortized(spec, context, [
      identityParameter(rank),
      filledParameter([rank, 1], 0),
      uniformParameter([rank, 1], 1),
    ]);
    this.parameters = [this.#vectors, ...this.#amortized.parameters];
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    const { Q, aboveS, belowR, S, R, b, slope } = this.#factors(scope, 'float32');
    const v = affine(Q, x, undefined, { transposeA: true });
    const h = tanh(add(add(mul(S, v), product(aboveS, v)), b));
    const step = add(mul(R, h), product(belowR, h, { transposed: true }));
    return { z: add(x, affine(Q, step)), logDet: logSlope(slope, h) };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    const { Q, aboveS, belowR, S, R, b, slope } = this.#factors(scope, 'float64');
    const rank = this.#rank;
    const exact = cast(z, 'float64');
    const y = affine(Q, exact, undefined, { transposeA: true });
    const slices = (x: Tensor, axis = 0) => split(x, new Array<number>(rank).fill(1), axis);
    const columnsOfS = slices(aboveS, 1);
    const columnsOfR = slices(belowR, 0);
    const v: Tensor[] = [];
    let [target, offset] = [y, b];
    for (let i = rank - 1; i >= 0; i--) {
      const [ri, si, slopeOfI, targetOfI, offsetOfI] = [R, S, slope, target, offset].map((x) => slices(x)[i]);
      const h = tanh(tanhRoot(slopeOfI, add(mul(si, targetOfI), offsetOfI)));
      v.unshift(sub(targetOfI, mul(ri, h)));
      target = sub(target, mul(asColumn(columnsOfR[i], rank), h));
      offset = add(offset, mul(asColumn(columnsOfS[i], rank), v[0]));
    }
    return cast(sub(exact, affine(Q, sub(y, concat(v, 0)))), z.type);
  }

  /** One for each row of S Q^T. */
  hyperplanes(scope: Scope): Hyperplanes {
    const { Q, aboveS, S, b, slope } = this.#factors(scope, 'float32');
    const rank = this.#rank;
    const [columns] = Q.shape;
    const onDiagonal = mul(
      reshape(S, [rank, 1, S.shape[1]]),
      reshape(indicator(rank, isDiagonal, S.type), [rank, rank, 1]),
    );
    const all = reshape(add(aboveS, onDiagonal), [rank, rank, 1, S.shape[1]]);
    return {
      normals: sum(mul(all, reshape(transpose(Q), [1, rank, columns, 1])), [1]),
      offsets: b,
      slopes: slope,
    };
  }

  /**
   * Q [columns, rank]; the diagonals of S and R, b and 1 + R_ii S_ii, all [rank, 1 or rows]; the rest of S, and of R
   * transposed, [rank, rank, 1 or rows], which are one parameter above and below its diagonal.
   */
  #factors(scope: Scope, type: 'float32' | 'float64') {
    const rank = this.#rank;
    const [flat, u, b] = this.#amortized.values(scope).map((value) => cast(value, type));
    const packed = reshape(flat, [rank, rank, flat.shape[1]]);
    const part = (holds: typeof isLower) => mul(packed, reshape(indicator(rank, holds, type), [rank, rank, 1]));
    const S = sum(part(isDiagonal), [1]);
    const { slope, ofU, ofW } = invertible(mul(S, u), mul(S, S));
    const R = add(mul(ofU, u), mul(ofW, S));
    return { Q: this.#basis(scope, type), aboveS: part(isUpper), belowR: part(isLower), S, R, b, slope };
  }

  /** The first columns of a product of as many reflections, which can be any orthonormal ones. */
  #basis(scope: Scope, type: 'float32' | 'float64'): Tensor {
    const { V, T } = reflectionProduct(cast(scope.parameter(this.#vectors), type));
    const [rank, columns] = this.#vectors.shape;
    const first = columns === rank ? V : split(V, [rank, columns - rank], 1)[0];
    const identity = indicator(columns, isDiagonal, type);
    const chosen = columns === rank ? identity : split(identity, [rank, columns - rank], 1)[0];
    return sub(chosen, affine(V, affine(T, first), undefined, { transposeA: true }));
  }
}

/** The product of a matrix [rank, rank, 1 or rows], one for all rows or one for each, with x [rank, rows]. */
function product(matrix: Tensor, x: Tensor, { transposed = false } = {}): Tensor {
  const [rank, , matrices] = matrix.shape;
  if (matrices === 1) return affine(reshape(matrix, [rank, rank]), x, undefined, { transposeA: transposed });
  const rows = x.shape[1];
  return transposed
    ? sum(mul(matrix, reshape(x, [rank, 1, rows])), [0])
    : sum(mul(matrix, reshape(x, [1, rank, rows])), [1]);
}

const asColumn = (slice: Tensor, rank: number) => reshape(slice, [rank, slice.shape[2]]);

/** S starts as the identity. */
function identityParameter(rank: number): Parameter {
  const start = () => Float32Array.from({ length: rank * rank }, (_, index) => Number(index % (rank + 1) === 0));
  return { shape: [rank * rank, 1], initialize: start };
}

export const sylvester = layerType({
  type: 'sylvester',
  summary: 'Bends space along several directions at once.',
  schema,
  resolve: (spec, place, path) => {
    const { columns } = place;
    const { rank = Math.min(4, columns) } = spec;
    if (rank > columns) throw new SpecError(`${path}/rank`, `Expected at most the ${columns} columns; got ${rank}`);
    return { ...resolveConditioner(spec, place, path), rank };
  },
  build: (spec, size) => new Sylvester(spec, size),
});
