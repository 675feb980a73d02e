import type { Model } from './types.ts';

/** What a flow has to clear: how likely the test rows are under a simple density of the same training rows. */
export interface Floor {
  readonly name: string;
  /** Mean, in nats per row. */
  readonly logProb: number;
}

/** A Gaussian's, or where there are categories that of independent columns. */
export function floorOf(metrics: Model['metrics']): Floor | undefined {
  const { gaussianTestLogProb, independentTestLogProb } = metrics ?? {};
  if (gaussianTestLogProb != null) return { name: 'a Gaussian', logProb: gaussianTestLogProb };
  if (independentTestLogProb != null) return { name: 'independent columns', logProb: independentTestLogProb };
  return undefined;
}
