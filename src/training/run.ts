import type { Engine } from '../engine/engine.ts';
import { Layout } from '../flow/encoding/layout.ts';
import type { FlowSpec } from '../flow/flow.ts';
import type { TensorValues } from '../flow/graph/program.ts';
import { createFlow } from '../flow/mixed-flow.ts';
import { valueCounts } from './counts.ts';
import { TrainingError } from './errors.ts';
import { type Estimate, Evaluator } from './evaluation.ts';
import { initialState, Optimizer, type OptimizerState } from './optimizer.ts';
import type { Training } from './recipe.ts';
import { Minibatches, type MinibatchesPosition } from './rows.ts';
import { learningRate } from './schedule.ts';
import type { TrainingTable } from './table.ts';

/** All that it takes to go on with the training of one flow as if it had never paused. */
export interface RunState {
  readonly step: number;
  readonly optimizer: OptimizerState;
  readonly minibatches: MinibatchesPosition;
  readonly noisePosition: number;
  /** How often the learning rate was halved. */
  readonly halvings: number;
  readonly best: Best;
  readonly evaluationsSinceBest: number;
  /** Mean log-likelihood of the last batches, in standardised units. */
  readonly trainLogProb: number | null;
  /** Time spent in training and evaluation. */
  readonly seconds: number;
}

type OwnState = Omit<RunState, 'optimizer' | 'minibatches' | 'noisePosition'>;

export interface Best {
  readonly parameters: TensorValues;
  /** Log-likelihood of the validation rows, in standardised units. */
  readonly validation: Estimate;
}

/** The training of one flow, or a stretch of it. */
export interface RunTask {
  readonly table: TrainingTable;
  readonly spec: FlowSpec;
  readonly training: Training;
  readonly seed: number;
  /** Cores for one native call. */
  readonly threads: number;
  /** Where to go on from; from the start without it. */
  readonly state?: RunState | undefined;
  /** The step to stop at. */
  readonly until: number;
  /** When to stop, in milliseconds since 1970; a new run takes at least one step. */
  readonly deadline: number;
}

/** How far a run is; log-likelihoods are in standardised units. */
export interface RunProgress {
  readonly step: number;
  readonly trainLogProb: number | null;
  readonly validationLogProb: number;
}

export interface RunControl {
  /** Becomes 1 when the run is to stop at the next chance, several times a second. */
  readonly stop: Int32Array;
  /** Called several times a second. */
  onProgress(progress: RunProgress): void;
  /** Called every few seconds, with what it takes to go on from here. */
  onState(state: RunState): void;
}

/** Native calls are kept about this long: between two of them the thread hears what it is told. */
const callMilliseconds = 100;
const longestCallSteps = 1000;
/** Between two states that are handed out; a large flow's are further apart, for each takes time to copy and to store. */
const stateMilliseconds = 5000;
const largeFlowParameters = 1_000_000;
/** The rate is halved at each step that was not finite; this often, and training is given up. */
const mostHalvings = 10;

/**
 * Trains a flow by maximum likelihood up to a step, its end, or until asked to stop, and returns where it has come to. How often it is
 * stopped and taken up again changes nothing in what comes of it. Throws TrainingError when training diverges.
 */
export async function train(engine: Engine, task: RunTask, control: RunControl): Promise<RunState> {
  const run = await Run.load(engine, task);
  try {
    await run.advance(control);
    return run.state;
  } finally {
    await run.release();
  }
}

/** Whether there is nothing left to do, and not just nothing more for now. */
export const hasEnded = ({ step, evaluationsSinceBest }: RunState, { steps, patience }: Training) =>
  step >= steps || evaluationsSinceBest >= patience;

class Run {
  readonly #task: RunTask;
  readonly #optimizer: Optimizer;
  readonly #evaluator: Evaluator;
  #minibatches: Minibatches;
  #own: OwnState;
  /** Not known yet: the first call takes one step. */
  #millisecondsPerStep = callMilliseconds;

  static async load(engine: Engine, task: RunTask): Promise<Run> {
    const { table, spec, training, seed, threads, state } = task;
    const layout = new Layout(table.encoding);
    const flow = createFlow(spec, layout.shape, valueCounts(table.training.rows, layout));
    const optimizer = await Optimizer.load(engine, flow, table.training.rows, {
      ...training,
      noise: Math.max(training.noise, table.leastNoise),
      spread: table.spread,
      numbers: layout.numbers,
      threads,
      seed,
      state: state?.optimizer ?? initialState(flow.parameters.initialize(seed)),
      ...(state && { noisePosition: state.noisePosition }),
    });
    return new Run(task, optimizer, await Evaluator.load(engine, flow, threads));
  }

  private constructor(task: RunTask, optimizer: Optimizer, evaluator: Evaluator) {
    const { table, training, seed, state } = task;
    this.#task = task;
    this.#optimizer = optimizer;
    this.#evaluator = evaluator;
    this.#minibatches = new Minibatches(table.training.rows.shape[0], training.batchSize, seed, state?.minibatches);
    const { parameters } = optimizer.state;
    const validation = { mean: Number.NEGATIVE_INFINITY, standardError: 0 };
    this.#own = state ?? {
      step: 0,
      halvings: 0,
      best: { parameters, validation },
      evaluationsSinceBest: 0,
      trainLogProb: null,
      seconds: 0,
    };
  }

  get state(): RunState {
    const { step, halvings, best, evaluationsSinceBest, trainLogProb, seconds } = this.#own;
    return {
      ...{ step, halvings, best, evaluationsSinceBest, trainLogProb, seconds },
      optimizer: this.#optimizer.state,
      minibatches: this.#minibatches.position,
      noisePosition: this.#optimizer.noisePosition,
    };
  }

  async advance({ stop, onProgress, onState }: RunControl): Promise<void> {
    const { training, until, deadline } = this.#task;
    const pause = stateMilliseconds * Math.max(1, this.#own.best.parameters.values.length / largeFlowParameters);
    let handedOut = performance.now();
    if (!this.#task.state) await this.#timed(() => this.#evaluate());
    while (this.#own.step < until && !hasEnded(this.state, training)) {
      const late = this.#own.step > 0 && Date.now() >= deadline;
      if (late || Atomics.load(stop, 0) === 1) return;
      await this.#timed(async () => {
        await this.#takeSteps();
        const { step } = this.#own;
        if (step % training.evaluationSteps === 0 || step === training.steps) await this.#evaluate();
      });
      onProgress(this.#progress());
      if (performance.now() - handedOut > pause) {
        onState(this.state);
        handedOut = performance.now();
      }
      // Messages to this thread are heard only when it yields.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #progress(): RunProgress {
    const { step, trainLogProb, best } = this.#own;
    return { step, trainLogProb, validationLogProb: best.validation.mean };
  }

  async release(): Promise<void> {
    await this.#optimizer.release();
    await this.#evaluator.release();
  }

  async #timed(work: () => Promise<void>): Promise<void> {
    const started = performance.now();
    await work();
    this.#change({ seconds: this.#own.seconds + (performance.now() - started) / 1000 });
  }

  async #takeSteps(): Promise<void> {
    const { training, until } = this.#task;
    const { step } = this.#own;
    const untilEvaluation = training.evaluationSteps - (step % training.evaluationSteps);
    const affordable = Math.floor(callMilliseconds / this.#millisecondsPerStep);
    const most = Math.min(untilEvaluation, training.steps - step, until - step, affordable, longestCallSteps);
    const before = this.state;
    let losses = await this.#call(Math.max(1, most));
    const bad = losses.findIndex((loss) => !Number.isFinite(loss));
    if (bad !== -1) {
      // The next step already goes at half the rate: what comes of a run must not depend on how many steps a call has.
      if (bad < losses.length - 1) {
        this.#goBack(before);
        losses = await this.#call(bad + 1);
      }
      this.#halve(step + bad + 1);
    }
    const trainLogProb = -losses.reduce((total, loss) => total + loss, 0) / losses.length;
    this.#change({ step: step + losses.length, ...(Number.isFinite(trainLogProb) && { trainLogProb }) });
  }

  /** Takes steps and returns their losses; NaN where a step, whose gradient was not finite, was left out. */
  async #call(count: number): Promise<Float32Array> {
    const { step, halvings } = this.#own;
    const rates = Float32Array.from(
      { length: count },
      (_, index) => learningRate(step + index, this.#task.training) * 0.5 ** halvings,
    );
    const started = performance.now();
    const { losses, gradientNorms } = await this.#optimizer.advance(this.#minibatches.next(count), rates);
    this.#millisecondsPerStep = (performance.now() - started) / count;
    return losses.map((loss, index) => (Number.isFinite(gradientNorms[index]) ? loss : Number.NaN));
  }

  #goBack({ optimizer, noisePosition, minibatches }: RunState): void {
    const { table, training, seed } = this.#task;
    this.#optimizer.restore(optimizer, noisePosition);
    this.#minibatches = new Minibatches(table.training.rows.shape[0], training.batchSize, seed, minibatches);
  }

  #halve(step: number): void {
    const halvings = this.#own.halvings + 1;
    if (halvings > mostHalvings)
      throw new TrainingError(
        'diverged',
        `The loss or its gradient is not finite at step ${step}, though the learning rate was halved ${mostHalvings} times`,
      );
    this.#change({ halvings });
  }

  async #evaluate(): Promise<void> {
    const { average: parameters } = this.#optimizer.state;
    const validation = await this.#evaluator.logProb(this.#task.table.validation.rows, parameters);
    const { best, evaluationsSinceBest } = this.#own;
    if (validation.mean > best.validation.mean)
      this.#change({ best: { parameters, validation }, evaluationsSinceBest: 0 });
    else this.#change({ evaluationsSinceBest: evaluationsSinceBest + 1 });
  }

  #change(change: Partial<OwnState>): void {
    this.#own = { ...this.#own, ...change };
  }
}
