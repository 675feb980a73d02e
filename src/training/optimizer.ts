import type { Engine, Executable } from '../engine/engine.ts';
import type { RowFlow } from '../flow/flow.ts';
import { float32, type TensorValues } from '../flow/graph/program.ts';
import { noiseStarts } from '../flow/programs/noise.ts';
import { type TrainOptions, type TrainOutput, type TrainProgram, trainProgram } from '../flow/programs/train.ts';
import { RandomStream } from '../flow/random/stream.ts';

/** What the optimiser carries from one call to the next: plain numbers, so that it can be stored and gone on from. */
export type OptimizerState = Readonly<
  Record<'parameters' | 'firstMoment' | 'secondMoment' | 'stepsTaken' | 'average', TensorValues>
>;

/** The state before the first step. */
export function initialState(parameters: Float32Array): OptimizerState {
  const shape = [parameters.length];
  return {
    parameters: { values: parameters, shape },
    firstMoment: { values: new Float32Array(parameters.length), shape },
    secondMoment: { values: new Float32Array(parameters.length), shape },
    stepsTaken: { values: new Float32Array(1), shape: [] },
    average: { values: parameters, shape },
  };
}

/** What happened in each step of a call. */
export interface Steps {
  /** Mean negative log-likelihood of the batch, nats in standardised units. */
  readonly losses: Float32Array;
  /** Euclidean norm of the gradient before it was clipped. */
  readonly gradientNorms: Float32Array;
}

export interface OptimizerOptions extends TrainOptions {
  /** Cores for one call. */
  readonly threads: number;
  readonly state: OptimizerState;
  /** Of the noise and dropout. */
  readonly seed: number;
  /** Where an earlier run with this seed had come to in the noise. */
  readonly noisePosition?: number;
}

/** Takes training steps, many in one call of the engine. The rows stay where they are from call to call. */
export class Optimizer {
  state: OptimizerState;
  readonly #executable: Executable<string, TrainOutput>;
  readonly #rows: TensorValues;
  readonly #batchSize: number;
  readonly #noise: Noise;

  private constructor(
    executable: Executable<string, TrainOutput>,
    rows: TensorValues,
    noise: Noise,
    { batchSize, state }: OptimizerOptions,
  ) {
    this.#executable = executable;
    this.#rows = rows;
    this.#batchSize = batchSize;
    this.#noise = noise;
    this.state = state;
  }

  /** `rows` [rows, columns + context] are in standardised units. */
  static async load(engine: Engine, flow: RowFlow, rows: TensorValues, options: OptimizerOptions): Promise<Optimizer> {
    const program = trainProgram(flow, options);
    const executable = await engine.load(program, { threads: options.threads });
    return new Optimizer(executable, rows, new Noise(program, options), options);
  }

  /** One step for each learning rate; `batches` [steps, batchSize] are row numbers. Blocks its thread meanwhile. */
  async advance(batches: Int32Array, learningRates: Float32Array): Promise<Steps> {
    const steps = learningRates.length;
    const next = await this.#executable.run({
      ...this.state,
      steps: { values: BigInt64Array.of(BigInt(steps)), shape: [] },
      rows: this.#rows,
      batches: { values: batches, shape: [steps, this.#batchSize] },
      learningRates: { values: learningRates, shape: [steps] },
      ...this.#noise.inputs(steps),
    });
    this.state = {
      parameters: next.nextParameters,
      firstMoment: next.nextFirstMoment,
      secondMoment: next.nextSecondMoment,
      stepsTaken: next.nextStepsTaken,
      average: next.nextAverage,
    };
    return { losses: float32(next.losses), gradientNorms: float32(next.gradientNorms) };
  }

  /** How far the noise has come: with the state, all that it takes to go on. */
  get noisePosition(): number {
    return this.#noise.position;
  }

  /** Goes back to an earlier state. */
  restore(state: OptimizerState, noisePosition: number): void {
    this.state = state;
    this.#noise.position = noisePosition;
  }

  release(): Promise<void> {
    return this.#executable.release();
  }
}

/** The tables of noise that steps read, and where each step starts in them. */
class Noise {
  #starts: RandomStream;
  readonly #seed: number;
  readonly #tables: Record<string, TensorValues> = {};

  constructor({ noiseRows }: TrainProgram, { batchSize, seed, noisePosition }: OptimizerOptions) {
    this.#seed = seed;
    this.#starts = new RandomStream(seed, 'noise-starts', noisePosition);
    const random = new RandomStream(seed, 'noise');
    for (const kind of ['uniform', 'normal'] as const) {
      if (noiseRows[kind] === 0) continue;
      const shape = [noiseStarts + noiseRows[kind], batchSize];
      const values = Float32Array.from({ length: shape[0] * shape[1] }, () => random[kind]());
      this.#tables[kind] = { values, shape };
    }
  }

  get position(): number {
    return this.#starts.position;
  }

  set position(position: number) {
    this.#starts = new RandomStream(this.#seed, 'noise-starts', position);
  }

  inputs(steps: number): Record<string, TensorValues> {
    if (Object.keys(this.#tables).length === 0) return {};
    const starts = Int32Array.from({ length: steps }, () => this.#starts.below(noiseStarts));
    return { ...this.#tables, noiseStarts: { values: starts, shape: [steps] } };
  }
}
