import type { Engine } from '../../src/engine/engine.ts';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { TensorValues } from '../../src/flow/graph/program.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import type { FitControl, FitProblem } from '../../src/training/fit.ts';
import { resolveTraining, type Training, type TrainingOptions } from '../../src/training/recipe.ts';
import { prepareTable, type TrainingTable } from '../../src/training/table.ts';
import { tasksHere } from '../../src/training/tasks.ts';

/** What the flows of most tests are: small enough that a step takes a tenth of a millisecond. */
export const smallFlow = {
  layers: [
    {
      repeat: 2,
      layers: [
        { type: 'coupling', hidden: [8] },
        { type: 'permutation', kind: 'swap' },
      ],
    },
  ],
};

interface ProblemOptions {
  /** A preset's name or a spec for each candidate. */
  readonly flows?: readonly unknown[];
  readonly context?: number;
  readonly training?: TrainingOptions;
  readonly seed?: number;
}

/** The problem of fitting flows to rows of the named columns, the last `context` of which condition the others. */
export function problemOf(
  values: Float64Array,
  columns: readonly string[],
  { flows = [smallFlow], context = 0, training = {}, seed = 0 }: ProblemOptions = {},
): FitProblem {
  const size = { columns: columns.length - context, context };
  return {
    rows: { values, columns },
    context,
    candidates: flows.map((flow) => resolveFlow(flow, { ...size, rows: 500, path: '/flow' }).spec),
    training: recipe(training, values.length / columns.length),
    seed,
    threads: 1,
  };
}

/** The recipe for a table of `rows` rows. */
export const recipe = (options: TrainingOptions, rows: number): Training => resolveTraining(options, { rows });

/** The table that a fit of the problem trains on. */
export const tableFor = ({ rows, context, training, seed }: FitProblem): TrainingTable =>
  prepareTable(rows, { context, training, seed });

export const stopFlag = () => new Int32Array(new SharedArrayBuffer(4));
export const requestStop = (stop: Int32Array): void => void Atomics.store(stop, 0, 1);

/** Of a fit that nobody stops. */
export const unstopped = (): FitControl => ({ stop: stopFlag() });

export const here = tasksHere(onnxRuntime);

type Outputs = Record<string, TensorValues>;
type AfterRun = (outputs: Outputs, inputs: Readonly<Outputs>) => void | Promise<void>;

/** ONNX Runtime, with `afterRun` called after each call that takes training steps; it may change what comes out. */
export function training(afterRun: AfterRun): Engine {
  return {
    async load(program, options) {
      const executable = await onnxRuntime.load(program, options);
      const run: typeof executable.run = async (inputs) => {
        const outputs = await executable.run(inputs);
        if ('losses' in outputs) await afterRun(outputs, inputs);
        return outputs;
      };
      return { ...executable, run };
    },
  };
}
