import { greater, where } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Scope } from '../parameters.ts';

/**
 * What a layer or base that keeps columns apart gives where some may be missing: `value` [columns, rows], or [columns, 1],
 * with 0 for those that are. A missing column is then 0 in every layer, feeds 0 to conditioners, and adds nothing to any
 * log-determinant: the layer is a bijection of the observed columns, whichever they are.
 */
export function onlyObserved(value: Tensor, { observed }: Pick<Scope, 'observed'>): Tensor {
  return observed ? where(greater(observed, 0), value, 0) : value;
}
