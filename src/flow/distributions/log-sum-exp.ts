import { add, exp, largest, log, stopGradient, sub, sum } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';

/** log sum exp over the first axis, which is kept. */
export function logSumExp(x: Tensor): Tensor {
  const top = stopGradient(largest(x, [0], true));
  return add(log(sum(exp(sub(x, top)), [0], true)), top);
}
