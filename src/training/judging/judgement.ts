import type { Engine, Executable } from '../../engine/engine.ts';
import { type Density, flowsOf, type Member, noiseColumns } from '../../flow/density.ts';
import { categoryCount } from '../../flow/encoding/encoding.ts';
import { Layout } from '../../flow/encoding/layout.ts';
import { type Spread, spreadEvenly } from '../../flow/encoding/spread.ts';
import { float32, type Program, type TensorValues } from '../../flow/graph/program.ts';
import { input } from '../../flow/graph/tensor.ts';
import { encodedSampleProgram } from '../../flow/programs/sample.ts';
import { normalRows, RandomStream } from '../../flow/random/stream.ts';
import type { CalibrationScores } from '../../store/density-artefact.ts';
import { Stopped } from '../errors.ts';
import { chunks, type Estimate, Evaluator, estimate, largestRoundTripError } from '../evaluation.ts';
import type { EncodedRows, TrainingTable } from '../table.ts';
import { type Calibration, conditionalCalibration, marginalCalibration } from './calibration.ts';
import { calibrationScores } from './calibration-scores.ts';
import { type Memorization, memorization } from './memorization.ts';
import { type Sample, subsample } from './samples.ts';
import { type TwoSampleTest, twoSampleTest } from './two-sample.ts';

/** Log-probabilities are means in nats per row, in the data's own units. */
export interface Metrics {
  readonly trainLogProb: number;
  readonly validationLogProb: number;
  readonly testLogProb: number;
  readonly trainStandardError: number;
  readonly validationStandardError: number;
  readonly testStandardError: number;
  /** Null when columns are collinear, or numbers may be missing. */
  readonly gaussianTestLogProb: number | null;
  /** With every column by itself: a Gaussian of each number, and the frequencies of categories and of gaps. */
  readonly independentTestLogProb: number;
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
  /** How many rows, used for nothing that was learned, p-values are places among. */
  readonly calibrationRows: number;
}

export interface Judgement {
  readonly metrics: Metrics;
  /** What whoever uses the model should know of how well it fits. */
  readonly warnings: readonly string[];
  /** Of the test rows, for p-values. */
  readonly calibrationScores: CalibrationScores;
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
  const { table, members, stop } = task;
  const { train, validation, test } = await scores(engine, task);
  const compared = await compareSamples(engine, task);
  const roundTripErrors: number[] = [];
  for (const [index, flow] of flowsOf({ ...table, members }).entries()) {
    const { parameters } = members[index];
    const rows = firstRows(table.test.rows, comparedRows);
    roundTripErrors.push(await largestRoundTripError(engine, flow, parameters, rows));
    await pause(stop);
  }
  const calibration = await calibrationScores(engine, { ...table, members }, table.calibration, () => pause(stop));
  const { gaussian, independent } = table.floors.test;
  const testLogDet = estimate([table.test.logDet]).mean;
  const floor = gaussian === null ? null : testLogDet + gaussian;
  return {
    metrics: {
      trainLogProb: train.mean,
      validationLogProb: validation.mean,
      testLogProb: test.mean,
      trainStandardError: train.standardError,
      validationStandardError: validation.standardError,
      testStandardError: test.standardError,
      gaussianTestLogProb: floor,
      independentTestLogProb: testLogDet + independent,
      standardizedTestLogProb: test.mean - testLogDet,
      bitsPerDimension: -test.mean / (table.columns.length * Math.LN2),
      roundTripError: Math.max(...roundTripErrors),
      ...compared,
      calibrationRows: calibration.scores.length,
    },
    warnings: [...scoreWarnings({ validation, test, floor }), ...sampleWarnings(compared)],
    calibrationScores: calibration,
  };
}

/** Mean log-densities in the data's units under the even mixture of the members. */
async function scores(engine: Engine, { table, members, threads, stop }: JudgementTask) {
  const flows = flowsOf({ ...table, members });
  const evaluators = await Promise.all(flows.map((flow) => Evaluator.load(engine, flow, threads)));
  const score = async ({ rows, logDet }: EncodedRows, most: number): Promise<Estimate> => {
    const scored = firstRows(rows, most);
    const logProb = logDet.slice(0, scored.shape[0]);
    let first = 0;
    for (const chunk of chunks(scored)) {
      const ofMembers: Float32Array[] = [];
      for (const [index, evaluator] of evaluators.entries()) {
        const { parameters: values } = members[index];
        ofMembers.push(await evaluator.rowLogProb(chunk, { values, shape: [values.length] }));
      }
      for (let row = 0; row < chunk.shape[0]; row++)
        logProb[first + row] += logMeanExp(ofMembers.map((all) => all[row]));
      first += chunk.shape[0];
      await pause(stop);
    }
    return estimate([logProb]);
  };
  try {
    return {
      train: await score(table.training, scoredTrainingRows),
      validation: await score(table.validation, Number.POSITIVE_INFINITY),
      test: await score(table.test, Number.POSITIVE_INFINITY),
    };
  } finally {
    await Promise.all(evaluators.map((evaluator) => evaluator.release()));
  }
}

function logMeanExp(values: readonly number[]): number {
  const top = Math.max(...values);
  if (!Number.isFinite(top)) return top;
  return top + Math.log(values.reduce((total, value) => total + Math.exp(value - top), 0) / values.length);
}

type Comparison = Pick<Metrics, 'calibration' | 'twoSample' | 'memorization'>;

/**
 * Draws samples, given the context of test rows where there is context, and holds them against the test rows, all encoded. Values
 * of columns with ties are spread as they were in training, of which the samples know nothing else.
 */
async function compareSamples(engine: Engine, task: JudgementTask): Promise<Comparison> {
  const { table, members, seed, threads, stop } = task;
  const layout = new Layout(table.encoding);
  const random = new RandomStream(seed, 'evaluation');
  const conditional = table.context.length > 0;
  const spread = await engine.load(spreadProgram({ extents: table.spread, numbers: layout.numbers }));
  const spreadRows = async (rows: Sample): Promise<Sample> => {
    const centred = { values: rows.values.map(() => random.uniform() - 0.5), shape: rows.shape };
    return withoutGaps({ values: float32((await spread.run({ rows, centred })).moved), shape: rows.shape }, layout);
  };
  const test = await spreadRows(subsample(table.test.rows, conditional ? conditionalRows : comparedRows, random));
  const training = await spreadRows(subsample(table.training.rows, scoredTrainingRows, random));
  await spread.release();
  const draws = conditional ? drawsPerRow : 1;
  const sampler = await Sampler.load(engine, { ...table, members }, { seed: random.word(), threads, stop });
  const samples = await sampler
    .draw(conditional ? repeatedRows(test, draws) : undefined)
    .finally(() => sampler.release());
  const calibrate = conditional ? conditionalCalibration : marginalCalibration;
  const ranked = (rows: Sample) => rankedColumns(rows, layout, table);
  const calibration = calibrate(table.columns, ranked(test), ranked(samples), random);
  // One sample for each context: the others would be dependent on it.
  const independent = placed(everyOf(samples, draws), layout);
  const tested = placed(test, layout);
  return {
    calibration,
    twoSample: twoSampleTest(
      subsample(tested, twoSampleRows, random),
      subsample(independent, twoSampleRows, random),
      random,
    ),
    memorization: memorization(placed(training, layout), tested, independent, random),
  };
}

const spreadProgram = (spread: Spread): Program<'rows' | 'centred', 'moved'> => {
  const rows = input('rows', 'float32', ['rows', spread.extents.length]);
  const centred = input('centred', 'float32', ['rows', spread.extents.length]);
  return { inputs: { rows, centred }, outputs: { moved: spreadEvenly(rows, centred, spread) } };
};

type SamplerOptions = Pick<JudgementTask, 'seed' | 'threads' | 'stop'>;

/** Draws encoded samples of a density, a block at a time. */
class Sampler {
  readonly #executable: Executable<string, 'encoded'>;
  readonly #layout: Layout;
  readonly #noiseColumns: number;
  readonly #seed: number;
  readonly #stop: Int32Array;

  private constructor(executable: Executable<string, 'encoded'>, density: Density, { seed, stop }: SamplerOptions) {
    this.#executable = executable;
    this.#layout = new Layout(density.encoding);
    this.#noiseColumns = noiseColumns(density);
    this.#seed = seed;
    this.#stop = stop;
  }

  static async load(engine: Engine, density: Density, options: SamplerOptions): Promise<Sampler> {
    return new Sampler(await engine.load(encodedSampleProgram(density), options), density, options);
  }

  /**
   * Encoded samples with the context that they were given: one for each of the rows `given`, or without them as many as are
   * compared. A value beyond single precision stands as far out as can be.
   */
  async draw(given: Sample | undefined): Promise<Sample> {
    const { width, contextStart: columns } = this.#layout;
    const context = width - columns;
    const rows = given?.shape[0] ?? comparedRows;
    const values = given ? Float32Array.from(given.values) : new Float32Array(rows * width);
    for (let first = 0; first < rows; first += sampleBlockRows) {
      const count = Math.min(sampleBlockRows, rows - first);
      const shape = [count, this.#noiseColumns];
      const noise = { values: normalRows(this.#seed, first, count, this.#noiseColumns), shape };
      const block = values.subarray(first * width, (first + count) * width);
      const contexts = Float32Array.from(
        { length: count * context },
        (_, index) => block[Math.floor(index / context) * width + columns + (index % context)],
      );
      const inputs = { noise, ...(context > 0 && { context: { values: contexts, shape: [count, context] } }) };
      const drawn = float32((await this.#executable.run(inputs)).encoded);
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

/** The modelled columns in the order of the table, as numbers that can be ranked: codes, and gaps below everything. */
function rankedColumns({ values, shape: [rows, width] }: Sample, layout: Layout, { columns }: TrainingTable): Sample {
  const { numbers, numberPlaces, gaps, categorical, categoricalPlaces } = layout.columns;
  const ranked = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    const encoded = values.subarray(row * width, (row + 1) * width);
    numberPlaces.forEach((place, number) => {
      const gap = gaps.indexOf(number);
      const observed = gap === -1 || encoded[numbers.length + gap] > 0.5;
      ranked[row * columns.length + place] = observed ? encoded[number] : -farthest;
    });
    categoricalPlaces.forEach((place, column) => {
      ranked[row * columns.length + place] = encoded[layout.contextStart - categorical.length + column];
    });
  }
  return { values: ranked, shape: [rows, columns.length] };
}

/** Encoded rows in which the numbers of missing cells are 0 again, as they are in samples. */
function withoutGaps({ values, shape: [rows, width] }: Sample, layout: Layout): Sample {
  const { numbers, gaps } = layout.columns;
  for (let row = 0; row < rows; row++)
    gaps.forEach((number, gap) => {
      if (values[row * width + numbers.length + gap] < 0.5) values[row * width + number] = 0;
    });
  return { values, shape: [rows, width] };
}

/** Encoded rows with codes replaced by indicators, of which two are one apart: between these rows distances mean something. */
function placed({ values, shape: [rows, width] }: Sample, layout: Layout): Sample {
  const { categorical } = layout.columns;
  if (categorical.length === 0) return { values, shape: [rows, width] };
  const counts = categorical.map(categoryCount);
  const first = layout.contextStart - categorical.length;
  const others = [...Array(width).keys()].filter((place) => place < first || place >= layout.contextStart);
  const all = others.length + counts.reduce((total, count) => total + count, 0);
  const points = new Float32Array(rows * all);
  for (let row = 0; row < rows; row++) {
    others.forEach((place, index) => {
      points[row * all + index] = values[row * width + place];
    });
    let start = row * all + others.length;
    counts.forEach((count, column) => {
      points[start + values[row * width + first + column]] = Math.SQRT1_2;
      start += count;
    });
  }
  return { values: points, shape: [rows, all] };
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

function firstRows({ values, shape: [rows, width] }: TensorValues, most: number): TensorValues {
  const count = Math.min(rows, most);
  return { values: values.subarray(0, count * width), shape: [count, width] };
}

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
