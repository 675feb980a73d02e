import type { Engine, Executable } from '../engine/engine.ts';
import { type Density, flowsOf, type Member, noiseColumns } from '../flow/density.ts';
import { continuousEncoding } from '../flow/encoding/encoding.ts';
import { float64, type TensorValues } from '../flow/graph/program.ts';
import { logProbProgram } from '../flow/programs/log-prob.ts';
import { sampleProgram } from '../flow/programs/sample.ts';
import { normalRows, RandomStream } from '../flow/random/stream.ts';
import { type Calibration, conditionalCalibration, marginalCalibration } from './calibration.ts';
import { chunks, type Estimate, estimate, largestRoundTripError } from './evaluation.ts';
import { type Memorization, memorization } from './memorization.ts';
import { type Sample, subsample } from './samples.ts';
import type { TrainingTable } from './table.ts';
import { type TwoSampleTest, twoSampleTest } from './two-sample.ts';

/** Log-probabilities are means in nats per row, in the data's own units. */
export interface Metrics {
  readonly trainLogProb: number;
  readonly validationLogProb: number;
  readonly testLogProb: number;
  readonly trainStandardError: number;
  readonly validationStandardError: number;
  readonly testStandardError: number;
  /** Null when columns are collinear. */
  readonly gaussianTestLogProb: number | null;
  /** `testLogProb` in standardised units, in which tables can be compared. */
  readonly standardizedTestLogProb: number;
  readonly bitsPerDimension: number;
  /** The largest error, in standard deviations of a column, of taking a test row to the base and back. */
  readonly roundTripError: number;
  /** Whether the marginal distribution of each column is right. */
  readonly calibration: Calibration;
  /** Whether samples can be told from test rows. */
  readonly twoSample: TwoSampleTest;
  /** Whether samples are copies of training rows. */
  readonly memorization: Memorization;
}

export interface Judgement {
  readonly metrics: Metrics;
  /** What whoever uses the model should know of how well it fits. */
  readonly warnings: readonly string[];
}

export interface JudgementTask {
  readonly table: TrainingTable;
  readonly members: readonly Member[];
  readonly seed: number;
  readonly threads: number;
  /** Shared: it becomes 1 when the judgement is no longer wanted. */
  readonly stop: Int32Array;
}

/** The training rows that are scored: the rest would change no digit that is shown. */
const scoredTrainingRows = 20_000;
/** Test rows and samples that are compared. */
const comparedRows = 1000;
const twoSampleRows = 500;
/** With context fewer rows, and several samples given each one's context. */
const conditionalRows = 250;
const drawsPerRow = 16;
/** Samples in one native call. */
const sampleBlockRows = 256;
/** How far apart two estimates of the same number may be before chance is no explanation. */
const suspectDeviations = 4;
/** The chance that a right model is warned of, at most: of its marginals, and of its samples, whose test can give no less. */
const significance = 0.001;
const twoSampleSignificance = 0.005;

class Stopped extends Error {}

/** Lets the thread hear messages. Throws Stopped when asked to stop. */
async function pause(stop: Int32Array): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (Atomics.load(stop, 0) === 1) throw new Stopped();
}

/** Judges a trained density on rows that it has not seen. Undefined when asked to stop. */
export async function judge(engine: Engine, task: JudgementTask): Promise<Judgement | undefined> {
  try {
    return await judgement(engine, task);
  } catch (error) {
    if (error instanceof Stopped) return undefined;
    throw error;
  }
}

async function judgement(engine: Engine, task: JudgementTask): Promise<Judgement> {
  const { table, members } = task;
  const width = table.columns.length + table.context.length;
  const { columns, context } = table;
  const standard = { location: Array(width).fill(0), scale: Array(width).fill(1) };
  const density: Density = { columns, context, encoding: continuousEncoding(columns, context, standard), members };
  const { train, validation, test } = await scores(engine, density, task);
  const compared = await compareSamples(engine, density, task);
  const roundTripErrors: number[] = [];
  for (const [index, flow] of flowsOf(density).entries()) {
    const { parameters } = members[index];
    roundTripErrors.push(await largestRoundTripError(engine, flow, parameters, firstRows(table.test, comparedRows)));
    await pause(task.stop);
  }
  const testLogProb = table.unitsLogDet + test.mean;
  const floor = table.gaussianTestLogProb;
  return {
    metrics: {
      trainLogProb: table.unitsLogDet + train.mean,
      validationLogProb: table.unitsLogDet + validation.mean,
      testLogProb,
      trainStandardError: train.standardError,
      validationStandardError: validation.standardError,
      testStandardError: test.standardError,
      gaussianTestLogProb: floor === null ? null : table.unitsLogDet + floor,
      standardizedTestLogProb: test.mean,
      bitsPerDimension: -testLogProb / (table.columns.length * Math.LN2),
      roundTripError: Math.max(...roundTripErrors),
      ...compared,
    },
    warnings: [...scoreWarnings({ validation, test, floor }), ...sampleWarnings(compared)],
  };
}

async function scores(engine: Engine, density: Density, { table, threads, stop }: JudgementTask) {
  const scorer = await engine.load(logProbProgram(density), { threads });
  const score = async (rows: TensorValues): Promise<Estimate> => {
    const parts: Float64Array[] = [];
    for (const chunk of chunks(rows)) {
      parts.push(float64((await scorer.run({ rows: doubled(chunk) })).logProb));
      await pause(stop);
    }
    return estimate(parts);
  };
  try {
    return {
      train: await score(firstRows(table.training, scoredTrainingRows)),
      validation: await score(table.validation),
      test: await score(table.test),
    };
  } finally {
    await scorer.release();
  }
}

type Comparison = Pick<Metrics, 'calibration' | 'twoSample' | 'memorization'>;

/**
 * Draws samples, given the context of test rows where there is context, and holds them against the test rows. Values of
 * columns with ties are spread as they were in training, of which the samples know nothing else.
 */
async function compareSamples(
  engine: Engine,
  density: Density,
  { table, seed, threads, stop }: JudgementTask,
): Promise<Comparison> {
  const random = new RandomStream(seed, 'evaluation');
  const { columns, context, spread } = table;
  const conditional = context.length > 0;
  const test = spreadEvenly(
    subsample(table.test, conditional ? conditionalRows : comparedRows, random),
    spread,
    random,
  );
  const sampler = await Sampler.load(engine, density, { seed: random.word(), threads, stop });
  const draws = conditional ? drawsPerRow : 1;
  const samples = await sampler
    .draw(conditional ? repeatedRows(test, draws) : undefined)
    .finally(() => sampler.release());
  const calibrate = conditional ? conditionalCalibration : marginalCalibration;
  const calibration = calibrate(columns, test, columnsOf(samples, columns.length), random);
  // One sample for each context: the others would be dependent on it.
  const independent = everyOf(samples, draws);
  const training = spreadEvenly(subsample(table.training, scoredTrainingRows, random), spread, random);
  return {
    calibration,
    twoSample: twoSampleTest(
      subsample(test, twoSampleRows, random),
      subsample(independent, twoSampleRows, random),
      random,
    ),
    memorization: memorization(training, test, independent, random),
  };
}

type SamplerOptions = Pick<JudgementTask, 'seed' | 'threads' | 'stop'>;

/** Draws samples of a density in standardised units, a block at a time. */
class Sampler {
  readonly #executable: Executable<string, 'rows'>;
  readonly #density: Density;
  readonly #seed: number;
  readonly #stop: Int32Array;

  private constructor(executable: Executable<string, 'rows'>, density: Density, { seed, stop }: SamplerOptions) {
    this.#executable = executable;
    this.#density = density;
    this.#seed = seed;
    this.#stop = stop;
  }

  static async load(engine: Engine, density: Density, options: SamplerOptions): Promise<Sampler> {
    return new Sampler(await engine.load(sampleProgram(density), options), density, options);
  }

  /**
   * Samples with the context that they were given after their columns, [rows, columns + context]: one for each of the rows
   * `given`, or without them as many as are compared. A value beyond single precision stands as far out as can be.
   */
  async draw(given: Sample | undefined): Promise<Sample> {
    const columns = this.#density.columns.length;
    const context = this.#density.context.length;
    const width = columns + context;
    const rows = given?.shape[0] ?? comparedRows;
    const values = given ? Float32Array.from(given.values) : new Float32Array(rows * width);
    for (let first = 0; first < rows; first += sampleBlockRows) {
      const count = Math.min(sampleBlockRows, rows - first);
      const noiseWidth = noiseColumns(this.#density);
      const noise = { values: normalRows(this.#seed, first, count, noiseWidth), shape: [count, noiseWidth] };
      const block = values.subarray(first * width, (first + count) * width);
      const contexts = Float64Array.from({ length: count * context }, (_, index) =>
        Number(block[Math.floor(index / context) * width + columns + (index % context)]),
      );
      const inputs = { noise, ...(context > 0 && { context: { values: contexts, shape: [count, context] } }) };
      const drawn = float64((await this.#executable.run(inputs)).rows);
      for (let index = 0; index < drawn.length; index++)
        block[Math.floor(index / columns) * width + (index % columns)] = withinSinglePrecision(drawn[index]);
      await pause(this.#stop);
    }
    return { values, shape: [rows, width] };
  }

  release(): Promise<void> {
    return this.#executable.release();
  }
}

const farthest = 1e30;
const withinSinglePrecision = (value: number) =>
  Number.isNaN(value) ? farthest : Math.min(farthest, Math.max(-farthest, value));

/** Each value of a column with ties moved at random within its step. */
function spreadEvenly({ values, shape }: Sample, spread: readonly number[], random: RandomStream): Sample {
  const moved = values.map((value, index) => {
    const extent = spread[index % shape[1]];
    return extent > 0 ? value + extent * (random.uniform() - 0.5) : value;
  });
  return { values: moved, shape };
}

/** Each row so many times in turn. */
function repeatedRows({ values, shape: [rows, width] }: Sample, times: number): Sample {
  const repeated = new Float32Array(rows * times * width);
  for (let row = 0; row < rows * times; row++) {
    const source = Math.floor(row / times) * width;
    repeated.set(values.subarray(source, source + width), row * width);
  }
  return { values: repeated, shape: [rows * times, width] };
}

/** The first row of every `step`. */
function everyOf({ values, shape: [rows, width] }: Sample, step: number): Sample {
  const kept = new Float32Array((rows / step) * width);
  for (let row = 0; row < rows; row += step)
    kept.set(values.subarray(row * width, (row + 1) * width), (row / step) * width);
  return { values: kept, shape: [rows / step, width] };
}

function columnsOf({ values, shape: [rows, width] }: Sample, columns: number): Sample {
  if (columns === width) return { values, shape: [rows, width] };
  const kept = Float32Array.from(
    { length: rows * columns },
    (_, index) => values[Math.floor(index / columns) * width + (index % columns)],
  );
  return { values: kept, shape: [rows, columns] };
}

function firstRows({ values, shape: [rows, width] }: TensorValues, most: number): TensorValues {
  const count = Math.min(rows, most);
  return { values: values.subarray(0, count * width), shape: [count, width] };
}

const doubled = ({ values, shape }: TensorValues): TensorValues => ({
  values: Float64Array.from(values, Number),
  shape,
});

interface Scores {
  readonly validation: Estimate;
  readonly test: Estimate;
  readonly floor: number | null;
}

function scoreWarnings({ validation, test, floor }: Scores): string[] {
  const warnings: string[] = [];
  // Of rows that are normal a flow can do no better: the one or the other is ahead by chance.
  if (floor !== null && test.mean < floor - test.standardError)
    warnings.push('A Gaussian fits the test rows better: try a smaller flow, or more rows.');
  const difference = Math.abs(validation.mean - test.mean);
  if (difference > suspectDeviations * Math.hypot(validation.standardError, test.standardError))
    warnings.push(
      `The log-likelihood of validation and test rows differs by ${difference.toFixed(2)} nats, more than chance explains.`,
    );
  return warnings;
}

function sampleWarnings({ calibration, twoSample, memorization }: Comparison): string[] {
  const warnings: string[] = [];
  const off = calibration.columns.filter(({ pValue }) => pValue * calibration.columns.length < significance);
  if (off.length > 0)
    warnings.push(
      `The marginal distribution of ${off.map(({ column }) => JSON.stringify(column)).join(', ')} differs from that of the test rows, more than chance explains.`,
    );
  if (twoSample.pValue <= twoSampleSignificance)
    warnings.push(
      `Samples can be told from test rows (energy coefficient ${twoSample.coefficient.toPrecision(2)}, permutation p-value ${twoSample.pValue.toPrecision(2)}).`,
    );
  if (memorization.copied)
    warnings.push('Samples lie closer to training rows than test rows do: the model repeats rows that it has seen.');
  return warnings;
}
