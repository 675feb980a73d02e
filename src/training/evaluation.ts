import type { Engine, Executable } from '../engine/engine.ts';
import type { RowFlow } from '../flow/flow.ts';
import { float32, type TensorValues } from '../flow/graph/program.ts';
import { evaluationProgram } from '../flow/programs/log-prob.ts';
import { roundTripProgram } from '../flow/programs/round-trip.ts';

/** Rows in one run: large enough for speed, small enough that no run blocks its thread for long. */
const chunkRows = 1024;

/** The mean of a sample, and how far it may well be from that of all. */
export interface Estimate {
  readonly mean: number;
  /** The deviation of the sample over the square root of its size; 0 for a single row. */
  readonly standardError: number;
}

/** The mean of numbers that come in parts, by Welford's recurrence: a sum of squares less a square would cancel. */
export function estimate(parts: Iterable<Float32Array | Float64Array>): Estimate {
  let [mean, squares, count] = [0, 0, 0];
  for (const part of parts)
    for (const value of part) {
      const distance = value - mean;
      count++;
      mean += distance / count;
      squares += distance * (value - mean);
    }
  return { mean, standardError: count > 1 ? Math.sqrt(squares / (count - 1) / count) : 0 };
}

/** Judges the parameters of a flow on held-out rows in standardised units. */
export class Evaluator {
  readonly #executable: Executable<'rows' | 'parameters', 'logProb'>;

  private constructor(executable: Executable<'rows' | 'parameters', 'logProb'>) {
    this.#executable = executable;
  }

  static async load(engine: Engine, flow: RowFlow, threads: number): Promise<Evaluator> {
    return new Evaluator(await engine.load(evaluationProgram(flow), { threads }));
  }

  /** Mean log-density of the rows, in nats and standardised units. */
  async logProb(rows: TensorValues, parameters: TensorValues): Promise<Estimate> {
    const values: Float32Array[] = [];
    for (const chunk of chunks(rows))
      values.push(float32((await this.#executable.run({ rows: chunk, parameters })).logProb));
    return estimate(values);
  }

  /** Log-density of each of a few rows. */
  async rowLogProb(rows: TensorValues, parameters: TensorValues): Promise<Float32Array> {
    return float32((await this.#executable.run({ rows, parameters })).logProb);
  }

  release(): Promise<void> {
    return this.#executable.release();
  }
}

/** The largest error, in standard deviations of a column, of taking the rows to the base and back. */
export async function largestRoundTripError(
  engine: Engine,
  flow: RowFlow,
  parameters: Float32Array,
  rows: TensorValues,
): Promise<number> {
  const executable = await engine.load(roundTripProgram(flow, parameters));
  let largest = 0;
  for (const chunk of chunks(rows)) {
    const { error } = await executable.run({ rows: chunk });
    // Math.max would let a NaN through; a NaN must show as the worst of errors.
    for (const value of float32(error)) if (!(value <= largest)) largest = Number.isNaN(value) ? Infinity : value;
  }
  await executable.release();
  return largest;
}

/** The rows in parts of a size that is fast and blocks no thread for long. */
export function* chunks({ values, shape: [rows, width] }: TensorValues): Generator<TensorValues> {
  for (let first = 0; first < rows; first += chunkRows) {
    const count = Math.min(chunkRows, rows - first);
    yield { values: values.subarray(first * width, (first + count) * width), shape: [count, width] };
  }
}
