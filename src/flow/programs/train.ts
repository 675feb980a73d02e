import { type AdamOptions, adamStep } from '../adam.ts';
import type { RowFlow } from '../flow.ts';
import { gradients } from '../graph/gradient.ts';
import { add, gather, loop, mean, mul, neg, sub, transpose } from '../graph/operations.ts';
import type { Program } from '../graph/program.ts';
import { constant, input, type Tensor } from '../graph/tensor.ts';
import { dropout, NoiseTable } from './noise.ts';

export type TrainOutput =
  | 'nextParameters'
  | 'nextFirstMoment'
  | 'nextSecondMoment'
  | 'nextStepsTaken'
  | 'nextAverage'
  | 'losses'
  | 'gradientNorms';

export interface TrainOptions extends AdamOptions {
  readonly batchSize: number;
  /** Deviation of the normal noise added to each row anew in each step, in standardised units (Rothfuss et al. 2019). */
  readonly noise: number;
  /** For each column, over how much its values are spread evenly, anew in each step, in standardised units. */
  readonly spread: readonly number[];
}

export interface TrainProgram extends Program<string, TrainOutput> {
  /** Rows of the noise tables that one step reads; 0 where the program takes no such table. */
  readonly noiseRows: { readonly uniform: number; readonly normal: number };
}

/**
 * Maximum likelihood by many minibatch steps in one call. Inputs: the number of `steps` (int64 scalar), all training `rows`
 * [rows, columns + context] in standardised units, `batches` [steps, batchSize] of row numbers, `learningRates` [steps], the
 * optimiser's state, and where there is dropout or noise, `noiseStarts` [steps] with tables of `uniform` and `normal` numbers.
 * Outputs: the new state, and for each step its loss (mean negative log-likelihood of the batch, nats) and the norm of its
 * gradient before clipping.
 */
export function trainProgram(flow: RowFlow, options: TrainOptions): TrainProgram {
  const { batchSize } = options;
  const width = flow.columns + flow.context;
  const vector = (name: string) => input(name, 'float32', [flow.parameters.length]);
  const inputs = {
    steps: input('steps', 'int64', []),
    rows: input('rows', 'float32', ['rows', width]),
    batches: input('batches', 'int32', ['steps', batchSize]),
    learningRates: input('learningRates', 'float32', ['steps']),
    parameters: vector('parameters'),
    firstMoment: vector('firstMoment'),
    secondMoment: vector('secondMoment'),
    stepsTaken: input('stepsTaken', 'float32', []),
    average: vector('average'),
  };
  const noiseInputs = {
    noiseStarts: input('noiseStarts', 'int32', ['steps']),
    uniform: input('uniform', 'float32', ['uniform', batchSize]),
    normal: input('normal', 'float32', ['normal', batchSize]),
  };
  let noiseRows = { uniform: 0, normal: 0 };
  const initial = [inputs.parameters, inputs.firstMoment, inputs.secondMoment, inputs.stepsTaken, inputs.average];
  const result = loop(inputs.steps, initial, (step, carried) => {
    const [parameters, firstMoment, secondMoment, stepsTaken, average] = carried;
    const start = gather(noiseInputs.noiseStarts, step, 0);
    const uniform = new NoiseTable(noiseInputs.uniform, start);
    const normal = new NoiseTable(noiseInputs.normal, start);
    const rows = gather(inputs.rows, gather(inputs.batches, step, 0), 0);
    const batch = perturbed(rows, options, { uniform, normal });
    const scope = {
      ...flow.parameters.within(parameters),
      dropout: (x: Tensor, rate: number) => dropout(x, rate, uniform),
    };
    const loss = neg(mean(flow.logProb(batch, scope)));
    noiseRows = { uniform: uniform.used, normal: normal.used };
    const [gradient] = gradients(loss, [parameters]);
    const { state, gradientNorm } = adamStep(
      { parameters, firstMoment, secondMoment, stepsTaken, average },
      { loss, gradient, learningRate: gather(inputs.learningRates, step, 0) },
      options,
    );
    return {
      state: [state.parameters, state.firstMoment, state.secondMoment, state.stepsTaken, state.average],
      scanned: [loss, gradientNorm],
    };
  });
  const [nextParameters, nextFirstMoment, nextSecondMoment, nextStepsTaken, nextAverage] = result.state;
  const [losses, gradientNorms] = result.scanned;
  return {
    inputs: {
      ...inputs,
      ...(noiseRows.uniform + noiseRows.normal > 0 && { noiseStarts: noiseInputs.noiseStarts }),
      ...(noiseRows.uniform > 0 && { uniform: noiseInputs.uniform }),
      ...(noiseRows.normal > 0 && { normal: noiseInputs.normal }),
    },
    outputs: { nextParameters, nextFirstMoment, nextSecondMoment, nextStepsTaken, nextAverage, losses, gradientNorms },
    noiseRows,
  };
}

/** Rows [batch, width] with the noise of one step. */
function perturbed(
  rows: Tensor,
  { noise, spread }: TrainOptions,
  tables: { uniform: NoiseTable; normal: NoiseTable },
): Tensor {
  const width = spread.length;
  let perturbed = rows;
  if (noise > 0) perturbed = add(perturbed, mul(transpose(tables.normal.take(width)), noise));
  if (spread.some((extent) => extent > 0)) {
    const centred = sub(transpose(tables.uniform.take(width)), 0.5);
    perturbed = add(perturbed, mul(centred, constant(Float32Array.from(spread), [width])));
  }
  return perturbed;
}
