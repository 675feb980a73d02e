import type { Floor } from '../../../src/figures/training-curves.ts';
import type { Model } from './types.ts';

/** A Gaussian's, or where there are categories that of independent columns. */
export function floorOf(metrics: Model['metrics']): Floor | undefined {
  const { gaussianTestLogProb, independentTestLogProb } = metrics ?? {};
  if (gaussianTestLogProb != null) return { name: 'a Gaussian', logProb: gaussianTestLogProb };
  if (independentTestLogProb != null) return { name: 'independent columns', logProb: independentTestLogProb };
  return undefined;
}
