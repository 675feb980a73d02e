import { mul, sub, sumOfSquares } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { strictObject } from '../schema.ts';
import { baseType } from './base.ts';
import type { Distribution } from './distribution.ts';
import { Located, learnedProperty } from './located.ts';

/** The standard normal distribution: log p(z) = -|z|^2 / 2 - (columns / 2) log 2 pi. */
export class StandardNormal implements Distribution {
  readonly parameters = [];
  readonly noiseColumns: number;
  readonly #logNormalizer: number;

  constructor(columns: number) {
    this.noiseColumns = columns;
    this.#logNormalizer = (columns / 2) * Math.log(2 * Math.PI);
  }

  logProb(z: Tensor): Tensor {
    return sub(mul(sumOfSquares(z, [0]), -0.5), this.#logNormalizer);
  }

  sample(noise: Tensor): Tensor {
    return noise;
  }
}

export const normal = baseType({
  type: 'normal',
  summary: 'The normal distribution, each column apart.',
  schema: strictObject({ learned: learnedProperty }),
  build: ({ learned }, { columns }) => {
    const standard = new StandardNormal(columns);
    return learned ? new Located(standard, columns) : standard;
  },
});
