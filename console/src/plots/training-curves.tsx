import { type Floor, trainingCurves } from '../../../src/figures/training-curves.ts';
import type { Progress } from '../api/events.ts';
import { Plot } from './plot.tsx';

interface TrainingCurvesProps {
  readonly progress: readonly Progress[];
  /** What a simple density reaches on test rows, where it is known. */
  readonly floor?: Floor | undefined;
}

export function TrainingCurves({ progress, floor }: TrainingCurvesProps) {
  return <Plot name="training curves" {...trainingCurves(progress, floor)} />;
}
