import type { Progress } from './events.ts';
import type { Model } from './types.ts';

/** What a flow has to clear: how likely rows are that it was not trained on under a simple density of the same training rows. */
export interface Floor {
  readonly name: string;
  /** Mean, in nats per row. */
  readonly logProb: number;
}

/** Of the test rows. */
export const floorOf = (metrics: Model['metrics']): Floor | undefined =>
  floor(metrics?.gaussianTestLogProb, metrics?.independentTestLogProb);

/** Of the validation rows, which is known as soon as training begins. */
export const validationFloorOf = (progress: Progress | undefined): Floor | undefined =>
  floor(progress?.gaussianValidationLogProb, progress?.independentValidationLogProb);

/** A Gaussian's, or where there is none, as with gaps, that of independent columns. */
function floor(gaussian: number | null | undefined, independent: number | null | undefined): Floor | undefined {
  if (gaussian != null) return { name: 'a Gaussian', logProb: gaussian };
  if (independent != null) return { name: 'independent columns', logProb: independent };
  return undefined;
}
