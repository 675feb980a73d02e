import { type AdamOptions, adamStep } from '../adam.ts';
import type { Flow } from '../flow.ts';
import { gradients } from '../graph/gradient.ts';
import { gather, loop, mean, neg } from '../graph/operations.ts';
import type { Program } from '../graph/program.ts';
import { input } from '../graph/tensor.ts';
import { Dropout } from './dropout.ts';

export type TrainOutput =
  | 'nextParameters'
  | 'nextFirstMoment'
  | 'nextSecondMoment'
  | 'nextStepsTaken'
  | 'losses'
  | 'gradientNorms';

export interface TrainProgram extends Program<string, TrainOutput> {
  /** Rows of the table of dropout noise that one step reads; 0 when the flow has no dropout, and takes no noise. */
  readonly dropoutUnits: number;
}

/**
 * Maximum likelihood by many minibatch steps in one call. Inputs: the number of `steps` (int64 scalar), all training `rows`
 * [rows, columns + context] in standardised units, `batches` [steps, batchSize] of row numbers, `learningRates` [steps], the
 * optimiser's state, and for dropout its `noise` and `noiseStarts` [steps]. Outputs: the new state, and for each step its
 * loss (mean negative log-likelihood of the batch, nats) and the norm of its gradient before clipping.
 */
export function trainProgram(flow: Flow, { batchSize, ...options }: AdamOptions & { batchSize: number }): TrainProgram {
  const { length } = flow.parameters;
  const inputs = {
    steps: input('steps', 'int64', []),
    rows: input('rows', 'float32', ['rows', flow.columns + flow.context]),
    batches: input('batches', 'int32', ['steps', batchSize]),
    learningRates: input('learningRates', 'float32', ['steps']),
    parameters: input('parameters', 'float32', [length]),
    firstMoment: input('firstMoment', 'float32', [length]),
    secondMoment: input('secondMoment', 'float32', [length]),
    stepsTaken: input('stepsTaken', 'float32', []),
  };
  const dropoutInputs = {
    noise: input('noise', 'float32', ['noise', batchSize]),
    noiseStarts: input('noiseStarts', 'int32', ['steps']),
  };
  let dropoutUnits = 0;
  const initial = [inputs.parameters, inputs.firstMoment, inputs.secondMoment, inputs.stepsTaken];
  const result = loop(inputs.steps, initial, (step, [parameters, firstMoment, secondMoment, stepsTaken]) => {
    const batch = gather(inputs.rows, gather(inputs.batches, step, 0), 0);
    const dropout = new Dropout(dropoutInputs.noise, gather(dropoutInputs.noiseStarts, step, 0));
    const scope = {
      ...flow.parameters.within(parameters),
      dropout: (...operands: Parameters<Dropout['apply']>) => dropout.apply(...operands),
    };
    const loss = neg(mean(flow.logProb(batch, scope)));
    dropoutUnits = dropout.units;
    const [gradient] = gradients(loss, [parameters]);
    const { state, gradientNorm } = adamStep(
      { parameters, firstMoment, secondMoment, stepsTaken },
      { loss, gradient, learningRate: gather(inputs.learningRates, step, 0) },
      options,
    );
    return {
      state: [state.parameters, state.firstMoment, state.secondMoment, state.stepsTaken],
      scanned: [loss, gradientNorm],
    };
  });
  const [nextParameters, nextFirstMoment, nextSecondMoment, nextStepsTaken] = result.state;
  const [losses, gradientNorms] = result.scanned;
  return {
    inputs: dropoutUnits > 0 ? { ...inputs, ...dropoutInputs } : inputs,
    outputs: { nextParameters, nextFirstMoment, nextSecondMoment, nextStepsTaken, losses, gradientNorms },
    dropoutUnits,
  };
}
