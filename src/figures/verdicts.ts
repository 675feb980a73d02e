import { chiSquareTail } from '../statistics/chi-square.ts';
import { holm } from '../statistics/holm.ts';
import { orderQuantile } from '../statistics/order.ts';
import { count, number, percent, plural, probability } from './format.ts';
import type { Calibration, Memorization, Metrics, TwoSample } from './metrics.ts';

/** What a test says of a model, in words. */
export interface Verdict {
  readonly name: string;
  /** `doubtful` is evidence that chance might explain, `bad` what it hardly does. */
  readonly standing: 'good' | 'doubtful' | 'bad';
  readonly sentence: string;
  /** What was tested, how, and with what outcome. */
  readonly tested: string;
}

const doubtfulBelow = 0.05;

export function verdictsOf({ twoSample, memorization, calibration, calibrationRows }: Metrics): Verdict[] {
  return [
    ...(twoSample ? [ofTwoSamples(twoSample)] : []),
    ...(memorization ? [ofCopies(memorization)] : []),
    ...(calibration ? [ofColumns(calibration)] : []),
    ...(calibrationRows === undefined ? [] : [ofFalseAlarms(calibrationRows)]),
  ];
}

/** What 199 permutations can give: the least is 0.005. */
const toldApartBelow = 0.005;

function ofTwoSamples({ coefficient, pValue, rows: [tested, sampled], permutations }: TwoSample): Verdict {
  const standing = pValue <= toldApartBelow ? 'bad' : pValue <= doubtfulBelow ? 'doubtful' : 'good';
  const sentences = {
    good: 'Samples cannot be told from test rows.',
    doubtful: 'Samples may differ from test rows: the evidence is weak.',
    bad: 'Samples can be told from test rows.',
  };
  return {
    name: 'Samples against test rows',
    standing,
    sentence: sentences[standing],
    tested: `The energy distance of ${count(tested)} test rows and ${count(sampled)} samples, all columns together: p = ${probability(pValue)} by ${count(permutations)} permutations. Its coefficient, from 0 (the same) to 1 (nothing in common), is ${number(coefficient)}. What is not told apart may still differ by less than so few rows show.`,
  };
}

function ofCopies({ zScore, copied, rows, medianSampleDistance, medianTestDistance }: Memorization): Verdict {
  const tail = 0.5 * chiSquareTail(zScore ** 2, 1);
  const pValue = zScore < 0 ? tail : 1 - tail;
  const standing = copied ? 'bad' : pValue <= doubtfulBelow ? 'doubtful' : 'good';
  const sentences = {
    good: 'Samples are no copies of training rows.',
    doubtful: 'Samples lie a little closer to training rows than test rows do: the evidence is weak.',
    bad: 'Samples lie closer to training rows than test rows do: some are copies.',
  };
  const compared = rows === undefined ? 'samples with test rows' : `${plural(rows, 'sample')} with as many test rows`;
  return {
    name: 'Copies of training rows',
    standing,
    sentence: sentences[standing],
    tested: `Compares ${compared} by how close each lies to its nearest training row, in relation to the second nearest: a rank test, z = ${number(zScore)}, p = ${probability(pValue)}. The median distance of samples is ${number(medianSampleDistance)}, that of test rows ${number(medianTestDistance)}, in standardised units. Fewer copies than about one sample in seven stay unseen.`,
  };
}

/** As the service calls a model calibrated. */
const uncalibratedBelow = 0.01;

function ofColumns({ columns }: Calibration): Verdict {
  const adjusted = holm(columns.map(({ pValue }) => pValue));
  const named = (most: number) => columns.filter((_, index) => adjusted[index] <= most).map(({ column }) => column);
  const [off, doubtful] = [named(uncalibratedBelow), named(doubtfulBelow)];
  const standing = off.length > 0 ? 'bad' : doubtful.length > 0 ? 'doubtful' : 'good';
  const sentences = {
    good: `${columns.length === 1 ? 'The column is' : `All ${count(columns.length)} columns are`} distributed as the test rows are, as far as these tell.`,
    doubtful: `${listed(doubtful)} may be distributed otherwise than in the test rows: the evidence is weak.`,
    bad: `${listed(off)} ${off.length === 1 ? 'is' : 'are'} distributed otherwise than in the test rows.`,
  };
  const rows = columns[0]?.histogram.reduce((sum, each) => sum + each, 0) ?? 0;
  return {
    name: 'Each column by itself',
    standing,
    sentence: sentences[standing],
    tested: `Kolmogorov and Smirnov’s test of each column, of ${plural(rows, 'test row')} among the model’s samples: the least p-value is ${probability(Math.min(1, ...adjusted))} after Holm’s adjustment for ${plural(columns.length, 'test')}.`,
  };
}

function listed(columns: readonly string[]): string {
  const [shown, rest] = [columns.slice(0, 5), columns.length - 5];
  return `${shown.map((column) => `“${column}”`).join(', ')}${rest > 0 ? ` and ${count(rest)} more` : ''}`;
}

/** Alpha for which false alarms are told, as the service flags anomalies where nothing is said. */
const usualAlpha = 0.01;

/** p-values are places among m calibration rows: the rows flagged at alpha are those below the k-th, k = floor(alpha (m + 1)). */
function ofFalseAlarms(rows: number): Verdict {
  const rank = Math.floor(usualAlpha * (rows + 1));
  const [low, high] = [0.025, 0.975].map((chance) => percent(orderQuantile(rank, rows, chance)));
  const least = `The least that can be is 1 / ${count(rows + 1)}, ${probability(1 / (rows + 1))}.`;
  return {
    name: 'False alarms of anomaly scores',
    standing: rank === 0 ? 'doubtful' : 'good',
    sentence:
      rank === 0
        ? `At alpha = ${usualAlpha} nothing is flagged: ${plural(rows, 'calibration row')} are too few.`
        : `At alpha = ${usualAlpha} at most ${percent(usualAlpha)} of ordinary rows are flagged, on average over the choice of calibration rows.`,
    tested: `A p-value is a row’s place among ${plural(rows, 'calibration row')} that took no part in learning. ${least}${rank === 0 ? '' : ` With just these rows the true rate of false alarms is between ${low} and ${high}, with a chance of 95 %.`}`,
  };
}
