import { Type } from 'typebox';
import { onlyObserved } from '../bijectors/observed.ts';
import { SpecError } from '../errors.ts';
import {
  add,
  and,
  cast,
  exp,
  greater,
  greaterOrEqual,
  max,
  min,
  mul,
  not,
  split,
  sub,
  sum,
  where,
} from '../graph/operations.ts';
import { filled, scalar, type Tensor } from '../graph/tensor.ts';
import type { Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import { baseType } from './base.ts';
import type { Distribution } from './distribution.ts';

/**
 * Independent uniform columns on [lower, upper]: log p(z) = -columns log(upper - lower) within, -Infinity outside.
 */
export class Uniform implements Distribution {
  readonly parameters = [];
  readonly noiseColumns: number;
  readonly #columns: number;
  readonly #lower: number;
  readonly #upper: number;

  constructor({ lower, upper }: { lower: number; upper: number }, columns: number) {
    this.#columns = columns;
    this.#lower = lower;
    this.#upper = upper;
    this.noiseColumns = 2 * columns;
  }

  logProb(z: Tensor, scope: Pick<Scope, 'observed'>): Tensor {
    const inside = and(greaterOrEqual(z, this.#lower), greaterOrEqual(this.#upper, z));
    const outside = sum(onlyObserved(cast(not(inside), 'float32'), scope), [0]);
    const ofColumn = -Math.log(this.#upper - this.#lower);
    const { observed } = scope;
    const logDensity = observed ? mul(sum(observed, [0]), ofColumn) : scalar(this.#columns * ofColumn);
    return where(greater(outside, 0), Number.NEGATIVE_INFINITY, logDensity);
  }

  /** Of two normals a and b, u = exp(-(a^2 + b^2) / 2) is uniform on (0, 1). A temperature above 1 has no room. */
  sample(noise: Tensor, { temperature }: Pick<Scope, 'temperature'>): Tensor {
    const drawn = uniformOf(split(noise, [this.#columns, this.#columns], 0));
    const u = temperature ? add(mul(sub(drawn, 0.5), min(temperature, 1)), 0.5) : drawn;
    const z = add(mul(u, this.#upper - this.#lower), this.#lower);
    return max(min(z, this.#upper), this.#lower);
  }

  centre(): Tensor {
    return filled([this.#columns, 1], (this.#lower + this.#upper) / 2);
  }
}

/** Uniform on (0, 1) from two independent standard normals (Box and Muller 1958, the other way round). */
export function uniformOf([a, b]: readonly Tensor[]): Tensor {
  return exp(mul(add(mul(a, a), mul(b, b)), -0.5));
}

export const uniform = baseType({
  type: 'uniform',
  allowsMissing: true,
  summary: 'Uniform columns between two bounds; the density is zero outside.',
  schema: strictObject({ lower: Type.Number({ default: 0 }), upper: Type.Number({ default: 1 }) }),
  check: ({ lower, upper }, path) => {
    if (lower >= upper) throw new SpecError(`${path}/upper`, `Expected more than lower, ${lower}; got ${upper}`);
  },
  build: (spec, { columns }) => new Uniform(spec, columns),
});
