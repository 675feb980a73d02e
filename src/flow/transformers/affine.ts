import { add, div, exp, mul, sub, tanh } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Transformer } from './transformer.ts';

/** The largest log-scale of one layer. The bound is approached smoothly: a hard one stops the gradient, none overflows. */
const logScaleBound = 3;

/** z = exp(s) x + t, log|dz/dx| = s, with s = 3 tanh(raw) (Dinh et al. 2017). */
export const affine: Transformer = {
  sizes: [1, 1],
  normalize(x, [raw, shift]) {
    const logScale = boundedLogScale(raw);
    return { z: add(mul(x, exp(logScale)), shift), logDet: logScale };
  },
  generate: (z, [raw, shift]) => div(sub(z, shift), exp(boundedLogScale(raw))),
};

/** z = x + t, log|dz/dx| = 0 (Dinh et al. 2015, NICE). */
export const additive: Transformer = {
  sizes: [1],
  normalize: (x, [shift]) => ({ z: add(x, shift), logDet: undefined }),
  generate: (z, [shift]) => sub(z, shift),
};

const boundedLogScale = (raw: Tensor) => mul(tanh(raw), logScaleBound);
