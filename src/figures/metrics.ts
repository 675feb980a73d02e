import { floorOf } from './floor.ts';
import { nats, number } from './format.ts';

/** How good a model is, as its API has it. Log-likelihoods are means in nats per row, in the data's own units. */
export interface Metrics {
  readonly trainLogProb?: number | null | undefined;
  readonly testLogProb?: number | null | undefined;
  readonly gaussianTestLogProb?: number | null | undefined;
  readonly independentTestLogProb?: number | null | undefined;
  readonly trainStandardError?: number | null | undefined;
  readonly testStandardError?: number | null | undefined;
  readonly bitsPerDimension?: number | null | undefined;
  readonly roundTripError?: number | null | undefined;
  readonly calibration?: Calibration | undefined;
  readonly twoSample?: TwoSample | undefined;
  readonly memorization?: Memorization | undefined;
  /** How many rows p-values are places among. */
  readonly calibrationRows?: number | undefined;
}

export interface ColumnCalibration {
  readonly column: string;
  readonly statistic: number;
  readonly pValue: number;
  readonly coverage: readonly { readonly level: number; readonly observed: number }[];
  /** Of the probability integral transforms of the test rows, in equal parts of (0, 1). */
  readonly histogram: readonly number[];
}

export interface Calibration {
  readonly columns: readonly ColumnCalibration[];
  readonly effectiveRows?: number | undefined;
}

export interface TwoSample {
  readonly coefficient: number;
  readonly pValue: number;
  readonly rows: readonly number[];
  readonly permutations: number;
}

export interface Memorization {
  readonly zScore: number;
  readonly medianSampleDistance: number;
  readonly medianTestDistance: number;
  readonly rows?: number | undefined;
  readonly copied: boolean;
}

/** A number that says how good a model is, and what it means. */
export interface Measure {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  readonly meaning: string;
}

export function measuresOf(metrics: Metrics): Measure[] {
  const { trainLogProb, testLogProb, testStandardError, bitsPerDimension, roundTripError } = metrics;
  const floor = floorOf(metrics);
  const measures: Measure[] = [];
  if (testLogProb != null)
    measures.push({
      name: 'Test log-likelihood',
      value: nats(testLogProb),
      unit: `± ${nats(testStandardError)} nats per row`,
      meaning:
        'The mean of log p(x) over test rows, which were used for nothing else: natural logarithm, in the table’s own units. ± is one standard error, for the choice of the test rows. The higher, the better.',
    });
  if (floor)
    measures.push({
      name: 'The floor',
      value: nats(floor.logProb),
      unit: 'nats per row',
      meaning: `${floorMeanings[floor.name]}, on the same test rows. A flow that does not clear it has learned nothing.`,
    });
  if (floor && testLogProb != null) measures.push(gain(testLogProb - floor.logProb));
  if (trainLogProb != null && testLogProb != null) measures.push(gap(metrics, trainLogProb - testLogProb));
  if (bitsPerDimension != null)
    measures.push({
      name: 'Bits per dimension',
      value: number(bitsPerDimension),
      unit: 'bits',
      meaning:
        'Minus the test log-likelihood in bits, by column. It depends on the units of the columns: compare it between models of the same columns only. The lower, the better; it may be below 0, since a density may be above 1.',
    });
  if (roundTripError != null)
    measures.push({
      name: 'Round trip',
      value: number(roundTripError),
      unit: 'standard deviations',
      meaning:
        'The largest error, in any column, of taking test rows to the base distribution and back: what single precision and iterated inverses leave. Up to 0.001 it is of no concern.',
    });
  return measures;
}

const floorMeanings: Readonly<Record<string, string>> = {
  'a Gaussian': 'The same of a Gaussian with the mean and the full covariance of the training rows',
  'independent columns':
    'The same with every column by itself: a Gaussian of each number, the frequencies of each category',
};

const signed = (value: number) => `${value >= 0 ? '+' : ''}${nats(value)}`;

function gain(value: number): Measure {
  const times = number(Math.exp(Math.abs(value)));
  return {
    name: 'Gain',
    value: signed(value),
    unit: 'nats per row',
    meaning: `Test log-likelihood minus the floor: a test row is ${times} times ${value >= 0 ? 'as likely under this model as' : 'less likely under this model than'} under the floor (the geometric mean over rows).`,
  };
}

function gap({ trainStandardError, testStandardError }: Metrics, value: number): Measure {
  const error = Math.hypot(trainStandardError ?? 0, testStandardError ?? 0);
  return {
    name: 'Training minus test',
    value: signed(value),
    unit: `± ${nats(error)} nats per row`,
    meaning:
      'How much likelier training rows are than test rows. What is many standard errors above 0 was learned of single rows, not of their distribution: more rows or a smaller flow would serve better.',
  };
}
