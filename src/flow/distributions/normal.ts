import { mul, sub, sum, sumOfSquares } from '../graph/operations.ts';
import { filled, type Tensor } from '../graph/tensor.ts';
import type { Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import { baseType } from './base.ts';
import type { Distribution } from './distribution.ts';
import { Located, learnedProperty } from './located.ts';

/** Of one column. */
const logNormalizer = Math.log(2 * Math.PI) / 2;

/** The standard normal distribution: log p(z) = -|z|^2 / 2 - (columns / 2) log 2 pi. */
export class StandardNormal implements Distribution {
  readonly parameters = [];
  readonly noiseColumns: number;
  readonly #columns: number;

  constructor(columns: number) {
    this.noiseColumns = columns;
    this.#columns = columns;
  }

  logProb(z: Tensor, { observed }: Pick<Scope, 'observed'>): Tensor {
    const halfSquares = mul(sumOfSquares(z, [0]), -0.5);
    const columns = observed && sum(observed, [0]);
    return sub(halfSquares, columns ? mul(columns, logNormalizer) : this.#columns * logNormalizer);
  }

  sample(noise: Tensor, { temperature }: Pick<Scope, 'temperature'>): Tensor {
    return temperature ? mul(noise, temperature) : noise;
  }

  centre(): Tensor {
    return filled([this.#columns, 1], 0);
  }
}

export const normal = baseType({
  type: 'normal',
  allowsMissing: true,
  summary: 'The normal distribution, each column apart.',
  schema: strictObject({ learned: learnedProperty }),
  build: ({ learned }, { columns }) => {
    const standard = new StandardNormal(columns);
    return learned ? new Located(standard, columns) : standard;
  },
});
