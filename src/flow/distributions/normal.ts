import { mul, sub, sumOfSquares } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Distribution } from './distribution.ts';

/** The standard normal distribution: log p(z) = -|z|^2 / 2 - (columns / 2) log 2 pi. */
export class StandardNormal implements Distribution {
  readonly parameters = [];
  readonly #logNormalizer: number;

  constructor(columns: number) {
    this.#logNormalizer = (columns / 2) * Math.log(2 * Math.PI);
  }

  logProb(z: Tensor): Tensor {
    return sub(mul(sumOfSquares(z, [0]), -0.5), this.#logNormalizer);
  }

  sample(noise: Tensor): Tensor {
    return noise;
  }
}
