import { type AdamOptions, adamStep } from '../adam.ts';
import type { Flow } from '../flow.ts';
import { gradients } from '../graph/gradient.ts';
import { gather, loop, mean, neg } from '../graph/operations.ts';
import type { Program } from '../graph/program.ts';
import { input } from '../graph/tensor.ts';

export type TrainInput =
  | 'steps'
  | 'rows'
  | 'batches'
  | 'learningRates'
  | 'parameters'
  | 'firstMoment'
  | 'secondMoment'
  | 'stepsTaken';
export type TrainOutput =
  | 'nextParameters'
  | 'nextFirstMoment'
  | 'nextSecondMoment'
  | 'nextStepsTaken'
  | 'losses'
  | 'gradientNorms';

/**
 * Maximum likelihood by many minibatch steps in one call. Inputs: the number of `steps` (int64 scalar), all training `rows`
 * [rows, columns + context] in standardised units, `batches` [steps, batchSize] of row numbers, `learningRates` [steps], and the
 * optimiser's state. Outputs: the new state, and for each step its loss (mean negative log-likelihood of the batch, nats)
 * and the norm of its gradient before clipping.
 */
export function trainProgram(
  flow: Flow,
  { batchSize, ...options }: AdamOptions & { batchSize: number },
): Program<TrainInput, TrainOutput> {
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
  const initial = [inputs.parameters, inputs.firstMoment, inputs.secondMoment, inputs.stepsTaken];
  const result = loop(inputs.steps, initial, (step, [parameters, firstMoment, secondMoment, stepsTaken]) => {
    const batch = gather(inputs.rows, gather(inputs.batches, step, 0), 0);
    const loss = neg(mean(flow.logProb(batch, flow.parameters.within(parameters))));
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
    inputs,
    outputs: { nextParameters, nextFirstMoment, nextSecondMoment, nextStepsTaken, losses, gradientNorms },
  };
}
