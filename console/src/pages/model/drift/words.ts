import { number, percent } from '../../../parts/format.ts';
import { pValueText } from '../rows/p-value.ts';

export interface ColumnFinding {
  readonly column: string;
  readonly test: 'kolmogorov-smirnov' | 'chi-square';
  readonly distance: number;
  readonly stabilityIndex: number;
  readonly pValue: number;
  readonly adjustedPValue: number;
  readonly drifted: boolean;
}

/** The columns whose difference is the least likely by chance first, and of equal ones the larger difference. */
export function rankedColumns<Finding extends ColumnFinding>(columns: readonly Finding[]): Finding[] {
  return columns.toSorted((a, b) => a.adjustedPValue - b.adjustedPValue || b.distance - a.distance);
}

/** What was found of a column, in a sentence or two. */
export function columnSentence({ test, distance, drifted, pValue, adjustedPValue }: ColumnFinding): string {
  const size =
    test === 'chi-square'
      ? `${percent(distance)} of the rows would have to have another category for the shares to be the same`
      : `at the value where they differ most, the shares of rows up to it are ${points(distance)} apart`;
  return drifted
    ? `Differs: ${size}. Adjusted for how many tests there are, p ${pOf(adjustedPValue)}.`
    : `No difference beyond chance: ${size}, and rows of the same kind differ as much in ${chance(pValue)} of all cases.`;
}

const chance = (pValue: number) => (pValue < 0.001 ? 'fewer than 0.1 %' : percent(pValue));
const points = (share: number) => `${number(Math.round(1000 * share) / 10)} percentage points`;
const pOf = (value: number) => (value < 1e-12 ? '< 1e−12' : `= ${pValueText(value)}`);

export interface ScoreFinding {
  readonly drifted: boolean;
  readonly pValue: number;
  readonly adjustedPValue: number;
  /** Nats; null where no row has a density. */
  readonly meanDifference: number | null;
}

/** What the log-densities of all columns together say. */
export function scoreSentence({ drifted, pValue, adjustedPValue, meanDifference }: ScoreFinding): string {
  const mean =
    meanDifference === null
      ? 'none of the rows has a density'
      : `on average the model takes these rows to be ${nats(meanDifference)} ${meanDifference < 0 ? 'less' : 'more'} likely than its reference`;
  return drifted
    ? `The log-densities differ: ${mean}. Adjusted for how many tests there are, p ${pOf(adjustedPValue)}.`
    : `No difference beyond chance in the log-densities: ${mean}, and rows of the same kind differ as much in ${chance(pValue)} of all cases.`;
}

const nats = (value: number) => `${number(Math.abs(Number(value.toFixed(2))))} nats`;

/** How large a population stability index is by the usual rule of thumb. */
export function stabilityWord(index: number): string {
  if (index < 0.1) return 'small';
  return index <= 0.25 ? 'moderate' : 'large';
}
