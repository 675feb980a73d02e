import type { Engine, Executable } from '../engine/engine.ts';
import type { AdamOptions } from '../flow/adam.ts';
import type { Flow } from '../flow/flow.ts';
import type { TensorValues } from '../flow/graph/program.ts';
import { type TrainInput, type TrainOutput, trainProgram } from '../flow/programs/train.ts';

/** What the optimiser carries from one call to the next: plain numbers, so that it can be stored and gone on from. */
export type OptimizerState = Readonly<
  Record<'parameters' | 'firstMoment' | 'secondMoment' | 'stepsTaken', TensorValues>
>;

/** The state before the first step. */
export function initialState(parameters: Float32Array): OptimizerState {
  const shape = [parameters.length];
  return {
    parameters: { values: parameters, shape },
    firstMoment: { values: new Float32Array(parameters.length), shape },
    secondMoment: { values: new Float32Array(parameters.length), shape },
    stepsTaken: { values: new Float32Array(1), shape: [] },
  };
}

/** What happened in each step of a call. */
export interface Steps {
  /** Mean negative log-likelihood of the batch, nats in standardised units. */
  readonly losses: Float32Array;
  /** Euclidean norm of the gradient before it was clipped. */
  readonly gradientNorms: Float32Array;
}

/** Takes training steps, many in one call of the engine. The rows stay where they are from call to call. */
export class Optimizer {
  state: OptimizerState;
  readonly #executable: Executable<TrainInput, TrainOutput>;
  readonly #rows: TensorValues;
  readonly #batchSize: number;

  private constructor(
    executable: Executable<TrainInput, TrainOutput>,
    rows: TensorValues,
    batchSize: number,
    state: OptimizerState,
  ) {
    this.#executable = executable;
    this.#rows = rows;
    this.#batchSize = batchSize;
    this.state = state;
  }

  /** `rows` [rows, columns] are in standardised units. */
  static async load(
    engine: Engine,
    flow: Flow,
    rows: TensorValues,
    {
      threads,
      state = initialState(flow.parameters.initialize(0)),
      ...options
    }: AdamOptions & { batchSize: number; threads: number; state?: OptimizerState },
  ): Promise<Optimizer> {
    const executable = await engine.load(trainProgram(flow, options), { threads });
    return new Optimizer(executable, rows, options.batchSize, state);
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
    });
    this.state = {
      parameters: next.nextParameters,
      firstMoment: next.nextFirstMoment,
      secondMoment: next.nextSecondMoment,
      stepsTaken: next.nextStepsTaken,
    };
    return { losses: float32(next.losses), gradientNorms: float32(next.gradientNorms) };
  }

  release(): Promise<void> {
    return this.#executable.release();
  }
}

export function float32({ values }: TensorValues): Float32Array {
  if (!(values instanceof Float32Array)) throw new TypeError(`Expected float32 values; got ${values.constructor.name}`);
  return values;
}
