import type { Engine } from '../engine/engine.ts';
import { ofColumns, standardizationLogDet } from '../flow/bijectors/standardization.ts';
import type { Density } from '../flow/density.ts';
import { Flow, type FlowSpec } from '../flow/flow.ts';
import { float32, type TensorValues } from '../flow/graph/program.ts';
import { TrainingError } from './errors.ts';
import { type Estimate, Evaluator, largestRoundTripError } from './evaluation.ts';
import { gaussianTestLogProb } from './gaussian.ts';
import { initialState, Optimizer } from './optimizer.ts';
import type { Training } from './recipe.ts';
import { fitStandardization, Minibatches, type Rows, splitRows, standardizedRows } from './rows.ts';
import { learningRate } from './schedule.ts';

export interface FitProblem {
  /** The modelled columns, then the context. */
  readonly rows: Rows;
  /** How many of the columns are context. */
  readonly context: number;
  readonly spec: FlowSpec;
  readonly training: Training;
  readonly seed: number;
  /** Cores for one native call. */
  readonly threads: number;
}

/** How far training is. Log-probabilities are means in nats per row, in the data's own units. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly trainLogProb: number | null;
  readonly validationLogProb: number | null;
  readonly rowsPerSecond: number;
  readonly etaSeconds: number;
}

/** Means in nats per row, in the data's own units. `gaussianTestLogProb` is null when the columns are collinear. */
export interface Metrics {
  readonly trainLogProb: number;
  readonly validationLogProb: number;
  readonly testLogProb: number;
  readonly trainStandardError: number;
  readonly validationStandardError: number;
  readonly testStandardError: number;
  readonly gaussianTestLogProb: number | null;
  /** `testLogProb` in standardised units, in which tables can be compared. */
  readonly standardizedTestLogProb: number;
  readonly bitsPerDimension: number;
  /** The largest error, in standard deviations of a column, of taking a test row to the base and back. */
  readonly roundTripError: number;
}

export interface Fit {
  readonly density: Density;
  readonly metrics: Metrics;
  readonly progress: Progress;
  readonly warnings: readonly string[];
}

export interface FitControl {
  onProgress(progress: Progress): void;
  /** Asked between native calls, several times a second. */
  stopRequested(): boolean;
}

/** Native calls are kept about this long: between two of them the thread hears what it is told. */
const callMilliseconds = 100;
const longestCallSteps = 1000;
const progressMilliseconds = 400;
/** The rate is halved after each call with a step that was not finite; this often, and training is given up. */
const mostHalvings = 10;

/**
 * Trains a flow by maximum likelihood and judges it on rows that it has not seen. The parameters kept are those with the
 * best validation log-likelihood. Returns undefined when it was asked to stop. Throws TrainingError when the rows cannot
 * be fitted or training diverges.
 */
export async function fit(engine: Engine, problem: FitProblem, control: FitControl): Promise<Fit | undefined> {
  const { rows, context, spec, training, seed, threads } = problem;
  const width = rows.columns.length;
  const columns = width - context;
  const split = splitRows(rows.values.length / width, training, seed);
  const standardization = fitStandardization(rows, split.training);
  const [trainingRows, validationRows, testRows] = [split.training, split.validation, split.test].map((numbers) =>
    standardizedRows(rows, numbers, standardization),
  );
  const flow = new Flow(spec, { columns, context });
  const state = initialState(flow.parameters.initialize(seed));
  const optimizer = await Optimizer.load(engine, flow, trainingRows, { ...training, threads, state, seed });
  const evaluator = await Evaluator.load(engine, flow, threads);
  try {
    const unitsLogDet = standardizationLogDet(ofColumns(standardization, 0, columns));
    const run = new Run(problem, { optimizer, evaluator, trainingRows, validationRows, unitsLogDet }, control);
    const best = await run.toTheEnd();
    if (!best) return undefined;
    const parameters = float32(best.parameters);
    const { validation } = best;
    const train = await evaluator.logProb(trainingRows, best.parameters);
    const test = await evaluator.logProb(testRows, best.parameters);
    const floor = gaussianTestLogProb(trainingRows, testRows, columns);
    const testLogProb = unitsLogDet + test.mean;
    return {
      density: {
        columns: rows.columns.slice(0, columns),
        context: rows.columns.slice(columns),
        standardization,
        members: [{ spec, parameters }],
      },
      metrics: {
        trainLogProb: unitsLogDet + train.mean,
        validationLogProb: unitsLogDet + validation.mean,
        testLogProb,
        trainStandardError: train.standardError,
        validationStandardError: validation.standardError,
        testStandardError: test.standardError,
        gaussianTestLogProb: floor === undefined ? null : unitsLogDet + floor,
        standardizedTestLogProb: test.mean,
        bitsPerDimension: -testLogProb / (columns * Math.LN2),
        roundTripError: await largestRoundTripError(engine, flow, parameters, testRows),
      },
      progress: run.progress(),
      warnings: warningsOf({ validation, test, floor }),
    };
  } finally {
    await optimizer.release();
    await evaluator.release();
  }
}

/** How far apart two estimates of the same number may be before chance is no explanation. */
const suspectDeviations = 4;

/** What whoever uses the model should know of how well it fits. `floor` is undefined when the columns are collinear. */
function warningsOf({ validation, test, floor }: { validation: Estimate; test: Estimate; floor: number | undefined }) {
  const warnings: string[] = [];
  if (floor === undefined) warnings.push('Some columns are linear combinations of others.');
  if (floor !== undefined && test.mean < floor)
    warnings.push('A Gaussian fits the test rows better: try a smaller flow, or more rows.');
  const spread = Math.hypot(validation.standardError, test.standardError);
  if (Math.abs(validation.mean - test.mean) > suspectDeviations * spread)
    warnings.push(
      `The log-likelihood of validation and test rows differs by ${Math.abs(validation.mean - test.mean).toFixed(2)} nats, more than chance explains.`,
    );
  return warnings;
}

interface Parts {
  readonly optimizer: Optimizer;
  readonly evaluator: Evaluator;
  readonly trainingRows: TensorValues;
  readonly validationRows: TensorValues;
  /** What a log-density in standardised units lacks to one in the data's units. */
  readonly unitsLogDet: number;
}

interface Best {
  readonly parameters: TensorValues;
  /** Log-likelihood of the validation rows, in standardised units. */
  readonly validation: Estimate;
}

/** One training from its first step to its end. */
class Run {
  readonly #training: Training;
  readonly #parts: Parts;
  readonly #control: FitControl;
  readonly #minibatches: Minibatches;
  readonly #started = performance.now();
  #step = 0;
  #best: Best;
  #evaluationsSinceBest = 0;
  #halvings = 0;
  #trainLogProb: number | undefined;
  /** Not known yet: the first call takes one step. */
  #millisecondsPerStep = callMilliseconds;
  #lastReport = Number.NEGATIVE_INFINITY;

  constructor({ training, seed }: FitProblem, parts: Parts, control: FitControl) {
    this.#training = training;
    this.#parts = parts;
    this.#control = control;
    this.#minibatches = new Minibatches(parts.trainingRows.shape[0], training.batchSize, seed);
    const validation = { mean: Number.NEGATIVE_INFINITY, standardError: 0 };
    this.#best = { parameters: parts.optimizer.state.parameters, validation };
  }

  /** The best parameters met; undefined when asked to stop. */
  async toTheEnd(): Promise<Best | undefined> {
    await this.#evaluate();
    while (!this.#ended()) {
      if (this.#control.stopRequested()) return undefined;
      await this.#takeSteps();
      if (this.#step % this.#training.evaluationSteps === 0 || this.#step === this.#training.steps)
        await this.#evaluate();
      this.#report();
      // Messages to this thread are heard only when it yields.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return this.#best;
  }

  progress(): Progress {
    const { steps, batchSize, budgetSeconds } = this.#training;
    const { unitsLogDet, trainingRows } = this.#parts;
    const seconds = (performance.now() - this.#started) / 1000;
    const rowsDone = this.#step * batchSize;
    const secondsPerStep = this.#step > 0 ? seconds / this.#step : 0;
    const { mean: validation } = this.#best.validation;
    return {
      step: this.#step,
      steps,
      epoch: Math.floor(rowsDone / trainingRows.shape[0]),
      trainLogProb: this.#trainLogProb === undefined ? null : unitsLogDet + this.#trainLogProb,
      validationLogProb: Number.isFinite(validation) ? unitsLogDet + validation : null,
      rowsPerSecond: seconds > 0 ? Math.round(rowsDone / seconds) : 0,
      etaSeconds: Math.max(0, Math.min(secondsPerStep * (steps - this.#step), budgetSeconds - seconds)),
    };
  }

  #ended(): boolean {
    return (
      this.#step >= this.#training.steps ||
      this.#evaluationsSinceBest >= this.#training.patience ||
      performance.now() - this.#started >= 1000 * this.#training.budgetSeconds
    );
  }

  async #takeSteps(): Promise<void> {
    const { evaluationSteps, steps } = this.#training;
    const untilEvaluation = Math.min(evaluationSteps - (this.#step % evaluationSteps), steps - this.#step);
    const affordable = Math.floor(callMilliseconds / this.#millisecondsPerStep);
    const count = Math.max(1, Math.min(untilEvaluation, affordable, longestCallSteps));
    const rates = Float32Array.from(
      { length: count },
      (_, index) => learningRate(this.#step + index, this.#training) * 0.5 ** this.#halvings,
    );
    const started = performance.now();
    const { losses, gradientNorms } = await this.#parts.optimizer.advance(this.#minibatches.next(count), rates);
    this.#millisecondsPerStep = (performance.now() - started) / count;
    this.#guard(losses, gradientNorms);
    this.#step += count;
    this.#trainLogProb = -losses.reduce((total, loss) => total + loss, 0) / count;
  }

  /** The program has left out the steps that were not finite; here the rate is lowered, or training is given up. */
  #guard(losses: Float32Array, gradientNorms: Float32Array): void {
    const bad = losses.findIndex((loss, index) => !Number.isFinite(loss + gradientNorms[index]));
    if (bad === -1) return;
    this.#halvings++;
    if (this.#halvings > mostHalvings)
      throw new TrainingError(
        'diverged',
        `The loss or its gradient is not finite at step ${this.#step + bad + 1}, though the learning rate was halved ${mostHalvings} times`,
      );
  }

  async #evaluate(): Promise<void> {
    const { evaluator, optimizer, validationRows } = this.#parts;
    const { average: parameters } = optimizer.state;
    const validation = await evaluator.logProb(validationRows, parameters);
    if (validation.mean > this.#best.validation.mean) {
      this.#best = { parameters, validation };
      this.#evaluationsSinceBest = 0;
    } else this.#evaluationsSinceBest++;
  }

  #report(): void {
    const now = performance.now();
    if (now - this.#lastReport < progressMilliseconds) return;
    this.#lastReport = now;
    this.#control.onProgress(this.progress());
  }
}
