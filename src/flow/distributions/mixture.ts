import { type Static, Type } from 'typebox';
import { logScaleOf } from '../bijectors/log-scale.ts';
import { indicator } from '../bijectors/triangular.ts';
import {
  add,
  affine,
  cast,
  exp,
  greaterOrEqual,
  min,
  mul,
  neg,
  reshape,
  split,
  sub,
  sum,
  sumOfSquares,
} from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { filledParameter, normalParameter, type Parameter, type Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import { baseType } from './base.ts';
import type { Distribution } from './distribution.ts';
import { logSumExp } from './log-sum-exp.ts';
import { uniformOf } from './uniform.ts';

const schema = strictObject({ components: Type.Integer({ minimum: 2, maximum: 256, default: 8 }) });

/** At the start, component means are spread and each is narrower, so that together they have variance 1. */
const startingSpread = 0.8;
const startingScale = 0.6;
/** Beyond it all components would be -Infinity in single precision, and their sum no number. */
const largestSquare = 1e38;

/**
 * A mixture of normal distributions with diagonal covariances, p(z) = sum_k w_k N(z; m_k, diag(exp(2 s_k))), all trained.
 * A flow from one normal can part clusters only by bridges of low density; from a mixture it need not.
 */
export class Mixture implements Distribution {
  readonly parameters: readonly Parameter[];
  readonly noiseColumns: number;
  readonly #components: number;
  readonly #columns: number;
  readonly #logits: Parameter;
  readonly #means: Parameter;
  readonly #rawScales: Parameter;

  constructor({ components }: Static<typeof schema>, columns: number) {
    this.#components = components;
    this.#columns = columns;
    this.#logits = filledParameter([components, 1], 0);
    this.#means = normalParameter([components, columns], startingSpread);
    this.#rawScales = filledParameter([components, columns], 0);
    this.parameters = [this.#logits, this.#means, this.#rawScales];
    this.noiseColumns = columns + 2;
  }

  logProb(z: Tensor, scope: Scope): Tensor {
    const { logWeights, means, logScales } = this.#values(scope);
    const [columns, rows] = z.shape;
    const ofEach = [this.#components, this.#columns, 1];
    const away = sub(reshape(z, [1, columns, rows]), reshape(means, ofEach));
    const squares = min(sumOfSquares(mul(away, reshape(exp(neg(logScales)), ofEach)), [1]), largestSquare);
    const logNormalizer = add(sum(logScales, [1], true), (this.#columns / 2) * Math.log(2 * Math.PI));
    return reshape(logSumExp(sub(sub(logWeights, logNormalizer), mul(squares, 0.5))), [rows]);
  }

  /** The last two columns of the noise choose the component. */
  sample(noise: Tensor, scope: Scope): Tensor {
    const { logWeights, means, logScales } = this.#values(scope);
    const [unit, ...rest] = split(noise, [this.#columns, 1, 1], 0);
    const K = this.#components;
    const before = affine(
      indicator(K, (row, column) => column < row, 'float32'),
      exp(logWeights),
    );
    const reached = cast(greaterOrEqual(uniformOf(rest), before), 'float32');
    const chosen = affine(firstDifference(K), reached);
    const ofChosen = (values: Tensor) => affine(values, chosen, undefined, { transposeA: true });
    const within = scope.temperature ? mul(unit, scope.temperature) : unit;
    return add(ofChosen(means), mul(ofChosen(exp(logScales)), within));
  }

  /** Its mean. */
  centre(scope: Scope): Tensor {
    const { logWeights, means } = this.#values(scope);
    return affine(means, exp(logWeights), undefined, { transposeA: true });
  }

  /** log w [components, 1], means and log-scales [components, columns]. */
  #values(scope: Scope) {
    const logits = scope.parameter(this.#logits);
    return {
      logWeights: sub(logits, logSumExp(logits)),
      means: scope.parameter(this.#means),
      logScales: add(logScaleOf(scope.parameter(this.#rawScales)), Math.log(startingScale)),
    };
  }
}

/** Takes 1 .. 1 0 .. 0 to the indicator of the last 1. */
function firstDifference(n: number): Tensor {
  const [all, next] = [(i: number, j: number) => i === j, (i: number, j: number) => j === i + 1];
  return sub(indicator(n, all, 'float32'), indicator(n, next, 'float32'));
}

export const mixture = baseType({
  type: 'mixture',
  summary: 'A trained mixture of normal distributions, for data in clusters.',
  schema,
  build: (spec, { columns }) => new Mixture(spec, columns),
});
