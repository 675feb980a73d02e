import type { Program, TensorValues } from '../flow/graph/program.ts';

/** Runs programs. */
export interface Engine {
  /** Prepares a program to be run. `threads` bounds how many cores one run uses. */
  load<Input extends string, Output extends string>(
    program: Program<Input, Output>,
    options?: { threads?: number },
  ): Promise<Executable<Input, Output>>;
}

/** A program made ready; it holds memory outside the JavaScript heap until it is released. */
export interface Executable<Input extends string, Output extends string> {
  /**
   * Throws ShapeError when an input does not fit. The run may block the calling thread for its whole length: anything
   * long belongs in a worker thread.
   */
  run(inputs: Readonly<Record<Input, TensorValues>>): Promise<Record<Output, TensorValues>>;
  release(): Promise<void>;
}
