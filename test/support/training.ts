import type { Engine } from '../../src/engine/engine.ts';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { ColumnEncoding } from '../../src/flow/encoding/encoding.ts';
import { type FlowShape, Layout } from '../../src/flow/encoding/layout.ts';
import type { TensorValues } from '../../src/flow/graph/program.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { type MissingPolicy, type SourceColumn, sourceColumn } from '../../src/training/columns.ts';
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
  readonly missing?: MissingPolicy;
  readonly training?: TrainingOptions;
  readonly seed?: number;
}

/** The problem of fitting flows to rows of these columns, the last `context` of which condition the others. */
export function problemOf(
  values: Float64Array,
  columns: readonly (string | SourceColumn)[],
  { flows = [smallFlow], context = 0, missing = 'reject', training = {}, seed = 0 }: ProblemOptions = {},
): FitProblem {
  const shape = shapeOf(values, columns, { context, missing });
  return {
    rows: { values, columns },
    context,
    missing,
    candidates: flows.map((flow) => resolveFlow(flow, { ...shape, rows: 500, path: '/flow' }).spec),
    training: recipe(training, values.length / columns.length),
    seed,
    threads: 1,
  };
}

/** What a flow over rows of these columns has to know of them. */
export function shapeOf(
  values: Float64Array,
  columns: readonly (string | SourceColumn)[],
  { context, missing }: { context: number; missing: MissingPolicy },
): FlowShape {
  const all = columns.map((column, place): ColumnEncoding => {
    const hasGaps = values.some((value, index) => index % columns.length === place && Number.isNaN(value));
    const gaps = { missing: hasGaps && missing === 'model' };
    const source = sourceColumn(column);
    return source.kind === 'categorical' ? { ...source, ...gaps } : { location: 0, scale: 1, ...source, ...gaps };
  });
  const modelled = columns.length - context;
  return new Layout({ columns: all.slice(0, modelled), context: all.slice(modelled) }).shape;
}

/** The recipe for a table of `rows` rows. */
export const recipe = (options: TrainingOptions, rows: number): Training => resolveTraining(options, { rows });

/** The table that a fit of the problem trains on. */
export const tableFor = (problem: FitProblem): Promise<TrainingTable> => prepareTable(onnxRuntime, problem);

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
