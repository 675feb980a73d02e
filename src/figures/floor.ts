/** What a flow has to clear: how likely rows are that it was not trained on under a simple density of the same training rows. */
export interface Floor {
  readonly name: string;
  /** Mean, in nats per row. */
  readonly logProb: number;
}

type LogProb = number | null | undefined;

interface TestFloors {
  readonly gaussianTestLogProb?: LogProb;
  readonly independentTestLogProb?: LogProb;
}

export interface ValidationFloors {
  readonly gaussianValidationLogProb?: LogProb;
  readonly independentValidationLogProb?: LogProb;
}

/** Of the test rows. */
export const floorOf = (metrics: TestFloors | null): Floor | undefined =>
  floor(metrics?.gaussianTestLogProb, metrics?.independentTestLogProb);

/** Of the validation rows, which is known as soon as training begins. */
export const validationFloorOf = (progress: ValidationFloors | undefined): Floor | undefined =>
  floor(progress?.gaussianValidationLogProb, progress?.independentValidationLogProb);

/** A Gaussian's, or where there is none, as with gaps and categories, that of independent columns. */
function floor(gaussian: LogProb, independent: LogProb): Floor | undefined {
  if (gaussian != null) return { name: 'a Gaussian', logProb: gaussian };
  if (independent != null) return { name: 'independent columns', logProb: independent };
  return undefined;
}
