import { type AdamOptions, adamStep } from '../adam.ts';
import { isBounded, type Spread, spreadEvenly } from '../encoding/spread.ts';
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
  /** Deviation of the normal noise added to each number anew in each step, in units of its scale (Rothfuss et al. 2019). */
  readonly noise: number;
  /** For each place of an encoded row, over how much its values are spread evenly, anew in each step, in units of its scale. */
  readonly spread: readonly number[];
  /** What the places hold (see `Layout`); all are continuous columns without bounds if it is left out. */
  readonly numbers?: Spread['numbers'];
}

export interface TrainProgram extends Program<string, TrainOutput> {
  /** Rows of the noise tables that one step reads; 0 where the program takes no such table. */
  readonly noiseRows: { readonly uniform: number; readonly normal: number };
}

/**
 * Maximum likelihood by many minibatch steps in one call. Inputs: the number of `steps` (int64 scalar), all training `rows`
 * [rows, columns + context], encoded, `batches` [steps, batchSize] of row numbers, `learningRates` [steps], the
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
  { noise, spread: extents, numbers }: TrainOptions,
  tables: { uniform: NoiseTable; normal: NoiseTable },
): Tensor {
  const width = extents.length;
  const withNoise = (x: Tensor) =>
    noise > 0 ? add(x, mul(transpose(tables.normal.take(width)), deviations(noise, numbers))) : x;
  const spread = (x: Tensor) =>
    extents.some((extent) => extent > 0)
      ? spreadEvenly(x, sub(transpose(tables.uniform.take(width)), 0.5), { extents, numbers })
      : x;
  // What has bounds lies where its values are until it is spread.
  return isBounded({ extents, numbers }) ? withNoise(spread(rows)) : spread(withNoise(rows));
}

/** Of each place; one number where it is the same for all. Codes and flags get no noise. */
function deviations(noise: number, numbers: Spread['numbers']): Tensor | number {
  if (!numbers?.includes(undefined)) return noise;
  const ofPlaces = Float32Array.from(numbers, (column) => (column ? noise : 0));
  return constant(ofPlaces, [ofPlaces.length]);
}
