import type { TensorValues } from '../../flow/graph/program.ts';
import type { RandomStream } from '../../flow/random/stream.ts';
import { checkWidths, type Sample, sampleOf, subsample } from './samples.ts';
import { median, rankSumZScore } from './statistics.ts';

export interface Memorization {
  /** Standard normal when the model is right; strongly negative when its samples are copies of training rows. */
  readonly zScore: number;
  /** Median distance of samples to their nearest training rows, in standardised units. */
  readonly medianSampleDistance: number;
  /** The same of test rows. */
  readonly medianTestDistance: number;
  /** How many samples were compared with as many test rows. */
  readonly rows: number;
  readonly copied: boolean;
}

/** A right model has a z-score below this with a probability under 0.0005: that of the normal distribution. */
const copiedBelow = -3.3;
/**
 * What bounds the time, to about a second. In wide tables queries are given up rather than training rows, since a row that
 * is not searched hides its copies.
 */
const mostQueries = 500;
const mostQueryNumbers = 25_000;
const mostTrainingRows = 20_000;

/**
 * Tells whether a model repeats its training rows [.., width]: whether samples [.., width] lie closer to them than test
 * rows [.., width] do (Meehan, Chaudhuri and Dasgupta 2020, "A non-parametric test to detect data-copying in generative
 * models"). Closeness is relative to the neighbourhood: the distance to the nearest training row over that to the second
 * nearest. A model that is merely too narrow draws too many samples where training rows are dense, hence small distances
 * but not small ratios; the paper, for the same reason, compares distances within small cells.
 *
 * Samples and test rows, equally many of each, are compared by Mann and Whitney's rank test. When the model is right they
 * are exchangeable given the training rows, so that its level holds for any table. Rows that a table holds more than
 * once lie at distance 0 of training rows on either side: such ties count as half, with the variance that belongs to
 * them, and only more of them among samples than among test rows is evidence. Samples of rounded columns must be rounded too.
 *
 * A few copies among many samples stay unseen: about 15 % are needed for 500 rows of each. Of a table of more than 20,000
 * training rows as many are searched, and accordingly fewer copies found. A context counts as further columns.
 * Throws ShapeError and EvaluationError as `sampleOf` does.
 */
export function memorization(
  training: TensorValues,
  test: TensorValues,
  samples: TensorValues,
  random: RandomStream,
): Memorization {
  const trained = sampleOf('Training rows', training);
  const tested = sampleOf('Test rows', test);
  const sampled = sampleOf('Samples', samples);
  checkWidths({ 'Training rows': trained, 'Test rows': tested, Samples: sampled });
  // Groups of the same size: with ties in groups of very different sizes U is too skewed for a normal law.
  const affordable = Math.min(mostQueries, Math.ceil(mostQueryNumbers / tested.shape[1]));
  const queries = Math.min(affordable, tested.shape[0], sampled.shape[0]);
  const searched = subsample(trained, mostTrainingRows, random);
  const ofSamples = nearest(subsample(sampled, queries, random), searched);
  const ofTest = nearest(subsample(tested, queries, random), searched);
  const zScore = rankSumZScore(ofSamples.ratios, ofTest.ratios);
  return {
    zScore,
    medianSampleDistance: median(ofSamples.distances),
    medianTestDistance: median(ofTest.distances),
    rows: queries,
    copied: zScore < copiedBelow,
  };
}

interface Nearest {
  readonly distances: Float64Array;
  /** Distance to the nearest over that to the second nearest; 0 on a training row, and where there is only one. */
  readonly ratios: Float64Array;
}

/** The nearest of `rows` to each query, by a search of all of them. */
function nearest({ values, shape: [count, width] }: Sample, rows: Sample): Nearest {
  const distances = new Float64Array(count);
  const ratios = new Float64Array(count);
  for (let query = 0; query < count; query++) {
    const [first, second] = nearestTwo(values, query * width, rows);
    distances[query] = Math.sqrt(first);
    ratios[query] = first > 0 ? Math.sqrt(first / second) : 0;
  }
  return { distances, ratios };
}

/** The two smallest squared distances of the query that begins at `offset`; the second is Infinity where there is one row. */
function nearestTwo(queries: Float32Array, offset: number, { values, shape: [rows, width] }: Sample): [number, number] {
  let [first, second] = [Infinity, Infinity];
  for (let row = 0; row < rows; row++) {
    let square = 0;
    // Most rows are known to be too far after a few columns.
    for (let column = 0; column < width && square < second; column++)
      square += (queries[offset + column] - values[row * width + column]) ** 2;
    if (square < first) [first, second] = [square, first];
    else if (square < second) second = square;
  }
  return [first, second];
}
